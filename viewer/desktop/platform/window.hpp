// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "platform/palette.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct GLFWwindow;

namespace asioscope::viewer {

struct window_options {
  int width = 1280;
  int height = 800;
  float scale = 0;  ///< 0: that of the display
};

/// 8-bit RGB pixels, the top row first.
struct picture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

/// One window with Dear ImGui in it. Draws only when asked to.
/// Thread safety: the main thread only, except wake().
class window {
 public:
  /// Throws std::runtime_error with a sentence for the user when there is no display.
  explicit window(const window_options& wanted);
  ~window();
  window(const window&) = delete;
  window& operator=(const window&) = delete;

  /// Waits for input, wake() or the timeout. True when there was input.
  bool wait(double timeout_seconds);
  /// Ends a wait(). From any thread.
  static void wake();

  /// Draws one picture; copies it to `copy` if there is one.
  void draw(const std::function<void()>& content, picture* copy = nullptr);

  /// The path of a file that was dropped on the window since the last call; empty: none was.
  [[nodiscard]] std::string take_dropped() { return std::exchange(dropped_, {}); }

  [[nodiscard]] std::pair<int, int> size() const;
  void set_title(const std::string& title);
  [[nodiscard]] bool is_closing() const;
  void close();
  [[nodiscard]] bool is_iconified() const;

  /// Size of everything, relative to what the display asks for, and its colours. Takes effect with
  /// the next frame.
  void wear(float zoom, colors::theme theme);

 private:
  void rescale();

  GLFWwindow* handle_ = nullptr;
  bool had_input_ = false;
  float wanted_scale_ = 0;
  float zoom_ = 1;
  colors::theme theme_ = colors::theme::dark;
  float scale_ = 0;  // that the fonts were made for
  std::string title_;
  std::string dropped_;

  struct callbacks;
};

}  // namespace asioscope::viewer
