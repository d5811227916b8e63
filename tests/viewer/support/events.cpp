// SPDX-License-Identifier: BSL-1.0
#include "events.hpp"

namespace asioscope::test {

schema::event run_event(std::int64_t begin_ns, std::uint64_t duration_ns, std::uint32_t site,
                        std::uint32_t loop) {
  schema::event result;
  result.loop = loop;
  result.site = site;
  result.time_ns = begin_ns;
  result.duration_ns = duration_ns;
  return result;
}

schema::event late_run_event(std::uint32_t loop, std::uint32_t site, std::int64_t begin_ns,
                             std::uint64_t duration_ns, std::uint64_t delay_ns) {
  schema::event result = run_event(begin_ns, duration_ns, site, loop);
  result.delay_ns = delay_ns;
  result.flags = schema::run_flag_delay;
  return result;
}

schema::event moment_event(schema::event_kind kind, std::int64_t at_ns) {
  schema::event result = run_event(at_ns, 0);
  result.kind = kind;
  return result;
}

schema::event created_event(std::int64_t at_ns, std::uint32_t operation) {
  return with_operation(moment_event(schema::event_kind::created, at_ns), operation);
}

schema::event with_operation(schema::event of, std::uint32_t operation) {
  of.operation = operation;
  return of;
}

}  // namespace asioscope::test
