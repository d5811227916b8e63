// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/metrics/collector.hpp"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <vector>

namespace asioscope::metrics {

/// Our families for a program that already exports with prometheus-cpp:
///
///     auto families = std::make_shared<asioscope::metrics::collectable>();
///     exposer.RegisterCollectable(families);
///
/// Register one only, or families appear twice, which promtool rejects. When the program exports
/// process_* already, say so: `collectable({.process = false})`.
///
/// Thread safety: any thread. Lifetime: prometheus-cpp keeps a weak_ptr; hold on to it.
/// Errors: none. An exception from Collect() would end the process in prometheus-cpp's server, so a
/// failed collection yields nothing but asioscope_collect_errors_total, which counts it.
class collectable : public prometheus::Collectable {
 public:
  explicit collectable(collect_options options = {});
  ~collectable() override;

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  mutable collector collector_;
};

}  // namespace asioscope::metrics
