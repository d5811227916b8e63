// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "process_figures.hpp"
#include "resource_rows.hpp"
#include "rows.hpp"

#include "asioscope/metrics/families.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace asioscope::metrics {

/// Everything one collection knows.
struct reading {
  schema::clock_reading time;
  schema::telemetry self;
  rows table;
  resource_table resources;
  std::chrono::nanoseconds stall_threshold{0};
  std::string_view mode;          // off, metrics or trace
  std::uint64_t collections = 0;  // with this one
  std::uint64_t failed_collections = 0;
  double last_collection_seconds = 0;
  std::optional<process_figures> process;
};

// How the samples of a family come out of a reading: the kinds that there are.
struct per_loop {
  double (*value)(const loop_row&, const reading&);
  std::optional<schema::slow_figure> exemplars = std::nullopt;
};
struct per_loop_histogram {
  const schema::histogram& (*value)(const loop_row&);
  std::optional<schema::slow_figure> exemplars = std::nullopt;
};
struct per_stall_cause {};  // loop and cause
struct per_task_state {};   // loop and state
struct per_site {
  double (*value)(const site_totals&);
};
struct per_site_and_category {};  // errors
struct per_task {
  double (*value)(const task_totals&);
};
struct per_program {
  double (*value)(const reading&);
};
struct per_capped_label {};
// Of the primitives of one kind. A figure that one does not have makes no sample.
struct per_resource_figure {
  std::string_view kind;
  std::string_view figure;
};
struct per_resource_sum {
  std::string_view kind;
  std::span<const std::string_view> figures;
};
struct per_resource {
  std::string_view kind;
  double (*value)(const resource_row&);
};
struct per_resource_wait {
  std::string_view kind;
  schema::histogram resource_row::*of = &resource_row::wait;
};
/// One sample for each of the parts, the last label being the part's.
struct per_resource_part {
  std::string_view kind;
  struct part {
    std::string_view label;
    std::string_view figure;
  };
  std::span<const part> parts;
};
/// 1 for the state that it is in.
struct per_resource_state {
  std::string_view kind;
  std::span<const std::string_view> states;
};
struct per_mode {};
struct per_build {};
struct per_process {
  std::optional<double> process_figures::*value;
};
using values = std::variant<per_loop, per_loop_histogram, per_stall_cause, per_task_state, per_site,
                            per_site_and_category, per_task, per_resource_figure, per_resource_sum,
                            per_resource, per_resource_wait, per_resource_part, per_resource_state,
                            per_program, per_capped_label, per_mode, per_build, per_process>;

struct definition {
  family_info info;
  values from;
};

/// The one list of all families.
[[nodiscard]] std::span<const definition> definitions();

}  // namespace asioscope::metrics
