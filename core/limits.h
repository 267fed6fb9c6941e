/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every limit in one place, each with the threat it answers. */
#pragma once

/* Model files are untrusted input. */
#define WHY_MAX_MODEL_BYTES (G_GUINT64_CONSTANT (2) << 30) /* protobuf's own limit; read into memory */
#define WHY_MAX_NODES 100000        /* a hostile graph must not cost minutes of planning */
#define WHY_MAX_VALUES 400000
#define WHY_MAX_NAME_BYTES 4096     /* names reach GTK labels and error messages */
#define WHY_MAX_NODE_INPUTS 4096
#define WHY_MAX_NODE_ATTRIBUTES 256
#define WHY_MIN_OPSET 1             /* what an old one meant otherwise, the operator's row refuses */
#define WHY_MAX_OPSET 23
/* Two bytes on the wire can become a struct of 200: what parsing a file of n bytes may allocate. */
#define WHY_PARSE_BYTES(n) ((gsize)(n) * 8 + (64 << 20))
/* External data can be named many times over by a small file: all weights of one model. */
#define WHY_MAX_WEIGHT_BYTES (G_GUINT64_CONSTANT (4) << 30)
#define WHY_MAX_WINDOW (1 << 20)    /* kernel, stride, dilation, padding: no product overflows */
#define WHY_MAX_SIDECAR_BYTES (16 << 20)
#define WHY_MAX_JSON_DEPTH 32       /* json-glib parses recursively: 100000 '[' overflow the stack */
#define WHY_MAX_LABELS 1000000
/* In one value: then no sum of bytes overflows. */
#define WHY_MAX_NUMBERS (G_GINT64_CONSTANT (1) << 40)
/* A 9 KB file can ask for 575 MB through ConstantOfShape: budget before allocating. */
#define WHY_MAX_FOLDED_BYTES (G_GUINT64_CONSTANT (1) << 30)      /* all folded constants of a net */
#define WHY_DEFAULT_MEMORY (G_GUINT64_CONSTANT (4) << 30)        /* activations of one net */
#define WHY_MAX_INPUT_SIDE 4096     /* network input, pixels */
/* A small file can decode to gigabytes; a pixel takes 3 to 16 bytes. */
#define WHY_MAX_PICTURE_PIXELS (G_GINT64_CONSTANT (150) * 1000 * 1000)
/* Stored provenance is untrusted input too: an XCF comes from anywhere. */
#define WHY_MAX_PARASITE_JSON (1 << 20)
#define WHY_MAX_PARASITE_MAP (256 << 20)
#define WHY_MAX_PARTS 12            /* exact Shapley enumerates 2^parts */
