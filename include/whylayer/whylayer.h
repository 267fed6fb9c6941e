/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole public interface of libwhylayer. */
#pragma once

#include "correlation.h"
#include "error.h"
#include "explainer.h"
#include "explanation.h"
#include "method.h"
#include "metric.h"
#include "model.h"
#include "net.h"
#include "param.h"
#include "progress.h"
#include "real.h"
#include "rng.h"
#include "style.h"
#include "target.h"
#include "tensor.h"
#include "view.h"
