// SPDX-License-Identifier: BSL-1.0
#pragma once

/// main(), found by name in a library that is loaded at run time.
extern "C" int run_scenario(int count, char** arguments);
