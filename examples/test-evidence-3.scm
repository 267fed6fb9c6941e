; SPDX-License-Identifier: GPL-3.0-or-later
; GIMP 3: does the evidence matter? Explains a photo, selects the strongest tenth of the evidence,
; covers it, and writes what the classifier then says.
;
;   gimp-console-3.0 -i --batch-interpreter=plug-in-script-fu-eval --quit -b \
;     '(begin (load "test-evidence-3.scm") (test-evidence "in.jpg" "out.xcf" "out.txt"))'

(script-fu-use-v3)

(define (test-evidence photo xcf text)
  (let* ((image (gimp-file-load RUN-NONINTERACTIVE photo))
         (upright (gimp-image-policy-rotate image FALSE)) ; as the camera was held
         (why (plug-in-whylayer-explain #:run-mode RUN-NONINTERACTIVE #:image image
                                        #:drawables (gimp-image-get-selected-drawables image)
                                        #:view "stretch"))
         (layer (car why))
         (explained (gimp-item-get-image layer))
         ; a single value comes as it is
         (area (plug-in-whylayer-select #:run-mode RUN-NONINTERACTIVE #:image explained
                                        #:drawables (vector layer) #:share "10"))
         ; the class that was explained, seen the same way
         (test (plug-in-whylayer-test-selection #:run-mode RUN-NONINTERACTIVE #:image explained
                                                #:drawables (vector layer)
                                                #:target (number->string (cadr why))
                                                #:view "stretch"))
         (port (open-output-file text)))
    ; index, label, probability, without, only, area
    (for-each (lambda (name value)
                (display name port) (display " " port) (display value port) (newline port))
              '("label" "probability" "without" "only" "area") (cdr test))
    (close-output-port port)
    (gimp-xcf-save RUN-NONINTERACTIVE explained xcf)))
