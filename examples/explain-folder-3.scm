; SPDX-License-Identifier: GPL-3.0-or-later
; GIMP 3: explain a whole folder with two methods, as XCF files with the maps as layers. Run it again
; after it was stopped, and it goes on where it was. Look at RESULTS/report.html afterwards.
;
;   gimp-console-3.0 -i --batch-interpreter=plug-in-script-fu-eval --quit -b \
;     '(begin (load "explain-folder-3.scm") (explain-folder "pictures" "results"))'

(script-fu-use-v3)

(define (explain-folder pictures results)
  ; It returns total, done, skipped, failed and the report's path.
  (plug-in-whylayer-batch #:run-mode RUN-NONINTERACTIVE #:source pictures #:folder results
                          #:methods "grad-cam,integrated-gradients" #:parameters "steps=20"
                          #:format "xcf" #:resume "yes"))
