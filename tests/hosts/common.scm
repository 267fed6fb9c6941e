; SPDX-License-Identifier: GPL-3.0-or-later
; What the cases say in both dialects of Script-Fu. The driver defines notes-path before loading this.

(define notes (open-output-file notes-path))

; One line of the answer: (CASE KEY VALUE...), read by the driver.
(define current-case 0)
(define (note key . values)
  (write (cons current-case (cons key values)) notes)
  (newline notes))

; (ok VALUE) or (error MESSAGE): a failing procedure ends neither the case nor GIMP.
(define (attempt thunk)
  (let* ((hook *error-hook*)
         (outcome (call-with-current-continuation
                    (lambda (return)
                      (set! *error-hook* (lambda x (return (list 'error (car x)))))
                      (list 'ok (thunk))))))
    (set! *error-hook* hook)
    outcome))

; Runs one case of several: what it opened is closed, what it broke is noted.
(define (run-case number thunk)
  (let ((before (open-images)))
    (set! current-case number)
    (let ((outcome (attempt thunk)))
      (note "ended" (car outcome) (if (eq? (car outcome) 'error) (cadr outcome) "")))
    (for-each (lambda (image)
                (if (not (memv image before)) (attempt (lambda () (gimp-image-delete image)))))
              (open-images))))

(define-macro (note-attempt key expression)
  `(note ,key (attempt (lambda () ,expression))))

; The modes that the cases use; any other stays a number.
(define (mode-name mode)
  (let ((known (assv mode (list (cons LAYER-MODE-NORMAL "normal") (cons LAYER-MODE-OVERLAY "overlay")))))
    (if known (cdr known) mode)))

; Everything about an image that a procedure which fails, or only looks, must leave alone.
(define (note-state key image)
  (note key (dirty image) (map layer-facts (layers image)) (selection-bounds image)
            (map drawable-name (chosen image)) (image-parasites image)))

(define (filter-list wanted? items)
  (cond ((null? items) '())
        ((wanted? (car items)) (cons (car items) (filter-list wanted? (cdr items))))
        (else (filter-list wanted? (cdr items)))))
