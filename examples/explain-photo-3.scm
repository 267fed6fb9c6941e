; SPDX-License-Identifier: GPL-3.0-or-later
; GIMP 3: explain one photo without a window, and list what the classifier saw.
;
;   gimp-console-3.0 -i --batch-interpreter=plug-in-script-fu-eval --quit -b \
;     '(begin (load "explain-photo-3.scm") (explain-photo "in.jpg" "out.xcf" "out.png" "classes.txt"))'

(script-fu-use-v3)

; "teapot 0.873", one line a class. Both are lists of the same length.
(define (write-classes port labels probabilities)
  (for-each (lambda (label probability)
              (display label port) (display " " port) (display probability port) (newline port))
            labels probabilities))

(define (explain-photo photo xcf png classes)
  (let* ((image (gimp-file-load RUN-NONINTERACTIVE photo))
         (upright (gimp-image-policy-rotate image FALSE)) ; as the camera was held
         (drawables (gimp-image-get-selected-drawables image))
         (seen (plug-in-whylayer-classify #:run-mode RUN-NONINTERACTIVE #:image image
                                          #:drawables drawables #:top "5"))
         (port (open-output-file classes)))
    ; unsure, indices, labels, probabilities
    (write-classes port (caddr seen) (vector->list (cadddr seen)))
    (close-output-port port)
    ; Every argument not named keeps its default: the bundled model, Grad-CAM, the top class.
    ; It returns layer, index, label, probability and residual. A gray or indexed photo keeps its
    ; mode, and the layer comes in a new image: so ask the layer where it is.
    (let* ((why (plug-in-whylayer-explain #:run-mode RUN-NONINTERACTIVE #:image image
                                          #:drawables drawables))
           (explained (gimp-item-get-image (car why))))
      (gimp-xcf-save RUN-NONINTERACTIVE explained xcf)
      (file-png-export RUN-NONINTERACTIVE explained png -1))))
