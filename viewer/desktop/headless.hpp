// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "connection/connection.hpp"
#include "options.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace asioscope::viewer {

/// When something is to be written: so long after the program was first known whole.
class errand_clock {
 public:
  using clock = std::chrono::steady_clock;
  enum class verdict { wait, write, give_up };

  errand_clock(double after_seconds, clock::time_point start);

  /// Call again and again.
  [[nodiscard]] verdict ask(bool is_complete, connection_status::phase reached,
                            clock::time_point now);

 private:
  std::chrono::duration<double> after_;
  clock::time_point start_;
  std::optional<clock::time_point> complete_;
};

inline constexpr double usual_after_seconds = 2;
/// How often to look whether there is something to write.
inline constexpr std::chrono::milliseconds poll_interval{20};
/// So long a program that is just being started may take to show up.
inline constexpr std::chrono::duration<double> patience{3};

/// Prints the programs that can be watched. Returns the exit code.
[[nodiscard]] int print_programs();
/// Prints where the metrics of this machine's programs are, for Prometheus; none is no failure.
[[nodiscard]] int print_file_sd();

/// Watches without a window and writes the model. Returns the exit code.
[[nodiscard]] int dump_without_window(const options& chosen);

/// Writes the model to a file, or to the standard output for "-". Returns why it could not.
[[nodiscard]] std::string write_model(const model::program& program, const std::string& path);

/// Why there is nothing to see, for the terminal.
[[nodiscard]] std::string explain_absence(const connection_status& status);

}  // namespace asioscope::viewer
