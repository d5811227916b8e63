// SPDX-License-Identifier: BSL-1.0
#include "runner.hpp"

int main(int count, char** arguments) { return run_scenario(count, arguments); }
