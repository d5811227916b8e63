// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/config_error.hpp"

namespace asioscope::core {

config_error::config_error(std::string_view field, std::string_view problem)
    : std::invalid_argument(std::string(field) + " " + std::string(problem)), field_(field) {}

}  // namespace asioscope::core
