; SPDX-License-Identifier: GPL-3.0-or-later
; GIMP 2.10: explain a whole folder with two methods, as XCF files with the maps as layers. Run it
; again after it was stopped, and it goes on where it was. Look at RESULTS/report.html afterwards.
;
;   gimp-console-2.10 -i --batch-interpreter=plug-in-script-fu-eval -b '(gimp-quit 1)' -b \
;     '(begin (load "explain-folder-2.10.scm") (explain-folder "pictures" "results"))'

(define (explain-folder pictures results)
  ; It returns total, done, skipped, failed and the report's path.
  (plug-in-whylayer-batch RUN-NONINTERACTIVE pictures results
    ; models, methods, parameters, node, target, against, score, view, style, metrics
    "" "grad-cam,integrated-gradients" "steps=20" "" "" "" "" "" "" ""
    ; format, raw, resume, shard
    "xcf" "yes" "yes" ""))
