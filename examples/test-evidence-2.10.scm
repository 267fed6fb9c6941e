; SPDX-License-Identifier: GPL-3.0-or-later
; GIMP 2.10: does the evidence matter? Explains a photo, selects the strongest tenth of the evidence,
; covers it, and writes what the classifier then says.
;
;   gimp-console-2.10 -i --batch-interpreter=plug-in-script-fu-eval -b '(gimp-quit 1)' -b \
;     '(begin (load "test-evidence-2.10.scm") (test-evidence "in.jpg" "out.xcf" "out.txt"))'

(define (test-evidence photo xcf text)
  (let* ((image (car (gimp-file-load RUN-NONINTERACTIVE photo photo)))
         (drawable (car (gimp-image-get-active-drawable image)))
         (why (plug-in-whylayer-explain RUN-NONINTERACTIVE image drawable
                ; model, method, parameters, node, target, against, score, region, view, style, output
                "" "" "" "" "" "" "" "" "stretch" "" ""))
         (layer (car why))
         (explained (car (gimp-item-get-image layer)))
         ; share in percent, sign, output
         (area (car (plug-in-whylayer-select RUN-NONINTERACTIVE explained layer "10" "" "")))
         ; model, target, view, fill: the class that was explained, seen the same way
         (test (plug-in-whylayer-test-selection RUN-NONINTERACTIVE explained layer
                 "" (number->string (cadr why)) "stretch" ""))
         (port (open-output-file text)))
    ; index, label, probability, without, only, area
    (for-each (lambda (name value)
                (display name port) (display " " port) (display value port) (newline port))
              '("label" "probability" "without" "only" "area") (cdr test))
    (close-output-port port)
    (gimp-xcf-save 0 explained layer xcf xcf)))
