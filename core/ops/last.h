/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operators on channels-last values. No file can ask for them: graph/layout.c puts them in place of
 * their ONNX counterparts when it plans a net, and sets the shapes itself. They have no relevance
 * and no rescale: such walks run on a plain net. */
#pragma once

#include "ops/op.h"

G_BEGIN_DECLS

/* X [N,H,W,C], W [K,C/g,R,S] constant, B [K] constant or absent, residual like Y or absent →
 * Y [N,OH,OW,K]. Conv's attributes, and those below. */
extern const WhyOp why_op_last_conv;

/* Attributes that no file can give: in a file they would have to be identifiers. */
#define WHY_LAST_SCALE ".scale"   /* [K]: what every filter is multiplied by; any Conv's */
#define WHY_LAST_PLANAR ".planar" /* 1: X is the picture, [N,C,H,W] */
#define WHY_LAST_CLAMP ".clamp"   /* [low, high] of the rectifier that follows */
#define WHY_LAST_PITCH ".pitch"   /* numbers from pixel to pixel of Y where it is part of a join */
#define WHY_LAST_ROUGH ".rough"   /* 1: as WhyLastConvShape has it */
#define WHY_LAST_THREADS ".threads" /* that will run it */

/* Concat along C of convolutions that wrote where Y has them: nothing is left to do. The inputs lie
 * in Y's memory, from pixel to pixel as far apart as Y's; graph/arena.c sees to it. */
extern const WhyOp why_op_last_join;
/* X [N,H,W,C] → Y [N,OH,OW,C]; the attributes of their namesakes. */
extern const WhyOp why_op_last_max_pool, why_op_last_average_pool, why_op_last_global_average_pool;

G_END_DECLS
