; SPDX-License-Identifier: GPL-3.0-or-later
; GIMP 2.10: explain one photo without a window, and list what the classifier saw.
;
;   gimp-console-2.10 -i --batch-interpreter=plug-in-script-fu-eval -b '(gimp-quit 1)' -b \
;     '(begin (load "explain-photo-2.10.scm") (explain-photo "in.jpg" "out.xcf" "out.png" "classes.txt"))'

; "teapot 0.873", one line a class. Both are lists of the same length.
(define (write-classes port labels probabilities)
  (for-each (lambda (label probability)
              (display label port) (display " " port) (display probability port) (newline port))
            labels probabilities))

(define (explain-photo photo xcf png classes)
  (let* ((image (car (gimp-file-load RUN-NONINTERACTIVE photo photo)))
         (drawable (car (gimp-image-get-active-drawable image)))
         ; model, region, view, top; an empty argument means the default
         (seen (plug-in-whylayer-classify RUN-NONINTERACTIVE image drawable "" "" "" "5"))
         (port (open-output-file classes)))
    ; Each array comes after its length: unsure, n, indices, n, labels, n, probabilities.
    (write-classes port (list-ref seen 4) (vector->list (list-ref seen 6)))
    (close-output-port port)
    ; It returns layer, index, label, probability and residual. A gray or indexed photo keeps its
    ; mode, and the layer comes in a new image: so ask the layer where it is.
    (let* ((why (plug-in-whylayer-explain RUN-NONINTERACTIVE image drawable
                  ; model, method, parameters, node, target, against, score, region, view, style, output
                  "" "" "" "" "" "" "" "" "" "" ""))
           (layer (car why))
           (explained (car (gimp-item-get-image layer)))
           (copy (car (gimp-image-duplicate explained)))
           (flat (car (gimp-image-flatten copy))))
      (gimp-xcf-save 0 explained layer xcf xcf)
      (file-png-save RUN-NONINTERACTIVE copy flat png png 0 9 0 0 0 0 0)
      (gimp-image-delete copy))))
