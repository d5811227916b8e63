// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/event.hpp"

#include <cstdint>

namespace asioscope::test {

/// A run whose queue delay is not known.
schema::event run_event(std::int64_t begin_ns, std::uint64_t duration_ns, std::uint32_t site = 1,
                        std::uint32_t loop = 1);
/// One that was ready `delay_ns` before it began.
schema::event late_run_event(std::uint32_t loop, std::uint32_t site, std::int64_t begin_ns,
                             std::uint64_t duration_ns, std::uint64_t delay_ns = 0);
/// Something without a duration.
schema::event moment_event(schema::event_kind kind, std::int64_t at_ns);
/// An operation is created. Its run is `with_operation` of the same number.
schema::event created_event(std::int64_t at_ns, std::uint32_t operation);
schema::event with_operation(schema::event of, std::uint32_t operation);

}  // namespace asioscope::test
