; SPDX-License-Identifier: GPL-3.0-or-later
; The cases' vocabulary in Script-Fu of GIMP 2.10: every result comes in a list.

(define (open-picture path) (car (gimp-file-load RUN-NONINTERACTIVE path path)))
(define (new-picture width height) (car (gimp-image-new width height RGB)))
(define (image-of item) (car (gimp-item-get-image item)))
(define (open-images) (vector->list (cadr (gimp-image-list))))
(define (drawable image) (car (gimp-image-get-active-drawable image)))
(define (chosen image)
  (let ((active (drawable image))) (if (= active -1) '() (list active))))
(define (layers image) (vector->list (cadr (gimp-image-get-layers image))))
(define (drawable-name item) (car (gimp-item-get-name item)))
(define (dirty image) (car (gimp-image-is-dirty image)))
(define (clean image) (gimp-image-clean-all image))
(define (selection-bounds image) (gimp-selection-bounds image))
(define (select-rectangle image x y width height)
  (gimp-image-select-rectangle image CHANNEL-OP-REPLACE x y width height))
(define (image-parasites image) (cadr (gimp-image-get-parasite-list image)))
(define (image-kind image)
  (list (car (gimp-image-base-type image)) (car (gimp-image-get-precision image))
        (car (gimp-image-width image)) (car (gimp-image-height image))))
(define (make-float-linear image) (gimp-image-convert-precision image PRECISION-FLOAT-LINEAR))

; name, width, height, x, y, mode, opacity, visible, type, parasites
(define (layer-facts layer)
  (append (list (drawable-name layer) (car (gimp-drawable-width layer)) (car (gimp-drawable-height layer)))
          (gimp-drawable-offsets layer)
          (list (mode-name (car (gimp-layer-get-mode layer))) (car (gimp-layer-get-opacity layer))
                (car (gimp-item-get-visible layer)) (car (gimp-drawable-type layer))
                (cadr (gimp-item-get-parasite-list layer)))))

(define (move-layer layer x y) (gimp-layer-set-offsets layer x y))
(define (resize-canvas image width height x y) (gimp-image-resize image width height x y))
(define (add-layer image name)
  (let ((layer (car (gimp-layer-new image 10 10 RGBA-IMAGE name 100 LAYER-MODE-NORMAL))))
    (gimp-image-insert-layer image layer 0 0)
    layer))
(define (save-xcf image path) (gimp-xcf-save 0 image (drawable image) path path))
; One layer alone, with its alpha and without its opacity and mode.
(define (save-layer image layer path)
  (file-png-save RUN-NONINTERACTIVE image layer path path 0 9 0 0 0 0 0))

(define (children group) (vector->list (cadr (gimp-item-get-children group))))
(define (channels image) (vector->list (cadr (gimp-image-get-channels image))))
(define (mask layer) (car (gimp-layer-get-mask layer)))
(define (add-mask layer) (gimp-layer-add-mask layer (car (gimp-layer-create-mask layer ADD-MASK-WHITE))))
(define (parasites item) (cadr (gimp-item-get-parasite-list item)))
; Of all its values, 0 to 255.
(define (mean drawable) (car (gimp-drawable-histogram drawable HISTOGRAM-VALUE 0 1)))
