// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/schema/message.hpp"

#include <cstdint>
#include <memory>

namespace asioscope::live {

/// Events from its creation on; they are recorded as long as one lives.
class event_source {
 public:
  virtual ~event_source() = default;

  /// Appends what is new, about `limit` events at most.
  virtual void read(schema::trace& out, std::size_t limit) = 0;
};

/// What there is to show. In the library that is the recorder; tests have a program of their own
/// making.
///
/// Thread safety: everything is called on the server's thread.
class data_source {
 public:
  virtual ~data_source() = default;

  virtual schema::hello hello() = 0;
  virtual schema::snapshot take_snapshot() = 0;
  virtual recorder::report_page reports_since(std::uint64_t sequence) = 0;
  virtual bool tracing() = 0;  ///< events are being recorded
  virtual std::unique_ptr<event_source> trace() = 0;
};

}  // namespace asioscope::live
