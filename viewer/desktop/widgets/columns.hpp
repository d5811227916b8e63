// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "platform/colors.hpp"
#include "widgets/table.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <cstdint>
#include <functional>

namespace asioscope::viewer {

/// Columns of numbers in which nothing is a dash.

template <class Row>
column<Row> count_column(const char* title, const char* help, float ems, std::uint64_t Row::*field,
                         std::function<bool(const Row&, const Row&)> less, colors::role color) {
  return {title, help, ems, true, less, [field, color](const Row& row) {
            if (row.*field == 0) {
              cell_number("–", colors::faint);
            } else {
              cell_number(model::count_text(row.*field), color);
            }
          }};
}

/// Of seconds.
template <class Row>
column<Row> duration_column(const char* title, const char* help, float ems, double Row::*field,
                            std::function<bool(const Row&, const Row&)> less) {
  return {title, help, ems, true, less, [field](const Row& row) {
            if (row.*field == 0) {
              cell_number("–", colors::faint);
            } else {
              cell_number(model::duration_text(row.*field));
            }
          }};
}

}  // namespace asioscope::viewer
