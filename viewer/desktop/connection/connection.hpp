// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "connection/descriptor.hpp"
#include "connection/discovery.hpp"
#include "connection/recent_stream.hpp"
#include "connection/recording.hpp"
#include "connection/target.hpp"

#include "asioscope/model/limits.hpp"
#include "asioscope/model/model.hpp"
#include "asioscope/schema/codec.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace asioscope::viewer {

/// Where a connection stands.
struct connection_status {
  enum class phase : std::uint8_t {
    searching,  ///< there is no such program yet
    connecting,
    live,
    lost,       ///< was live; tries again
    refused,    ///< the peer cannot be understood; tries again
    reading,    ///< a recording, not yet shown
    replaying,  ///< a recording
  };
  using clock = std::chrono::steady_clock;

  phase now = phase::searching;
  target wanted;
  std::string address;        ///< of the attempt or the connection
  std::string reason;         ///< why it is not live, in words
  clock::time_point since{};  ///< begin of this phase
  clock::time_point heard{};  ///< last message
  std::uint64_t bytes = 0;    ///< received in all
  recording_extent recorded;  ///< of a recording: all of it
  /// Of a recording that is being read: how much of it has been, 0 to 1.
  std::optional<double> read_share;
  /// Of a program: what save() could write now.
  std::optional<recent_stream::extent> kept;
};

/// Watches a program on a thread of its own: finds it, connects, folds what it says into a model,
/// and tries again for as long as it takes. A program that comes back under the same name is taken
/// up again.
class connection {
 public:
  /// What else to do with what the first program that is reached says, byte for byte.
  using tap = std::function<void(std::string_view)>;

  /// `changed` and `copy` are called on the connection's thread, the first after news. Keeps about
  /// `trace_events` events.
  connection(target wanted, std::function<void()> changed,
             std::size_t trace_events = model::limits::trace_events, tap copy = {});
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Watches something else from now on.
  void watch(target wanted);

  /// Asks the program for its events, or no longer. Cheap when nothing changes.
  void want_trace(bool wanted);

  /// Of a recording: shows it as it was then.
  void show_until(std::int64_t moment_ns);

  /// Writes what the program said between two moments, as far as it is kept, to a new file. Takes
  /// as long as that takes: call it on a thread that has the time. Returns why it could not.
  [[nodiscard]] std::string save(const std::string& path, std::int64_t begin_ns,
                                 std::int64_t end_ns) const;

  [[nodiscard]] connection_status status() const;
  [[nodiscard]] std::vector<local_program> programs() const;

  /// Calls `reader` with the model while nobody writes to it.
  template <class Reader>
  auto read(Reader reader) const {
    const std::lock_guard lock(mutex_);
    return reader(model_);
  }

  /// Grows with every message that has something in it worth a redraw.
  [[nodiscard]] std::uint64_t revision() const noexcept {
    return revision_.load(std::memory_order_relaxed);
  }

 private:
  void run();
  void attempt(const target& wanted);
  void converse(const descriptor& socket);
  void say_what_is_wanted(const descriptor& socket);
  void show_recording(const std::string& path);
  void note_read_share(std::optional<double> share);
  [[nodiscard]] std::string take(std::string_view bytes, schema::decoder& decoder);
  void keep(const schema::message& message, std::string_view bytes);
  void enter(connection_status::phase phase, std::string reason);
  void look_around();
  void pause(std::chrono::milliseconds time);
  [[nodiscard]] bool is_interrupted() const noexcept;

  std::function<void()> changed_;
  std::size_t trace_events_;
  tap copy_;                  // until the first conversation ends; connection's thread only
  mutable std::mutex mutex_;  // guards the three below
  model::model model_;
  connection_status status_;
  std::vector<local_program> programs_;
  mutable std::mutex recent_mutex_;  // guards the next; never taken while the other is held
  recent_stream recent_;
  std::atomic<std::uint64_t> revision_{0};  // only its growth counts; data is under the mutex
  std::atomic<bool> stopping_{false};       // set before the interrupt, which publishes it
  std::atomic<bool> retarget_{false};       // likewise
  std::atomic<bool> trace_wanted_{false};   // likewise
  // Moment up to which a recording is shown; likewise.
  std::atomic<std::int64_t> shown_until_{std::numeric_limits<std::int64_t>::max()};
  bool trace_asked_ = false;  // what the present peer was told; connection's thread only
  std::string followed_;      // name of the program found last; connection's thread only
  bool greeted_ = false;      // the present peer did; connection's thread only
  descriptor interrupt_;
  std::thread thread_;
};

}  // namespace asioscope::viewer
