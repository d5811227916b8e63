// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "data_source.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

namespace asioscope::live::testing {

/// A program whose state a test dictates, from its own thread. Its one ring keeps `ring_size`
/// events.
class made_up_program {
 public:
  explicit made_up_program(std::uint64_t ring_size = 1'000'000) : ring_size_(ring_size) {}

  /// Changes the state that the next snapshot shows.
  void change(const std::function<void(schema::snapshot&)>& how);
  void publish(schema::report value);
  void record_events(std::uint64_t count);

  [[nodiscard]] std::uint64_t recorded() const;   ///< events, ever
  [[nodiscard]] std::uint64_t given_out() const;  ///< events that readers took, together
  [[nodiscard]] int traces() const;               ///< event sources that live
  [[nodiscard]] std::uint64_t snapshots() const;  ///< that were taken

  /// What a hub is given. This object must outlive it.
  std::unique_ptr<data_source> source();

 private:
  friend class made_up_source;
  friend class made_up_events;

  mutable std::mutex mutex_;
  schema::snapshot state_;
  recorder::report_page reports_;
  std::uint64_t ring_size_;
  std::uint64_t recorded_ = 0;
  std::uint64_t given_out_ = 0;
  std::uint64_t snapshots_ = 0;
  int traces_ = 0;
};

/// The event that was recorded as number `index`.
schema::event event_number(std::uint64_t index);

}  // namespace asioscope::live::testing
