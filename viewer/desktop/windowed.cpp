// SPDX-License-Identifier: BSL-1.0
#include "windowed.hpp"

#include "connection/connection.hpp"
#include "headless.hpp"
#include "platform/png.hpp"
#include "platform/window.hpp"
#include "redraw.hpp"
#include "settings.hpp"
#include "views/shell.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <tuple>

namespace asioscope::viewer {
namespace {

using clock = std::chrono::steady_clock;
using phase = connection_status::phase;

class application {
 public:
  explicit application(const options& chosen)
      : chosen_(chosen),
        // What is written to a file does not depend on habits.
        remembered_(chosen.is_errand() ? settings() : load_settings(settings_file())),
        window_({.width = chosen.width == 0 ? remembered_.width : chosen.width,
                 .height = chosen.height == 0 ? remembered_.height : chosen.height,
                 .scale = chosen.scale}),
        shell_(panel_named(chosen.panel).value_or(panel::overview), remembered_.zoom,
               remembered_.filters),
        link_(parse_target(chosen.target), &window::wake, chosen.trace_events),
        errand_(chosen.after_seconds.value_or(usual_after_seconds), clock::now()) {}

  int run() {
    while (!window_.is_closing()) {
      const double rest = rhythm_.timeout(revision(), clock::now());
      const bool had_input = window_.wait(chosen_.is_errand() ? std::min(rest, 0.05) : rest);
      if (had_input) rhythm_.note_input();
      if (const std::string dropped = window_.take_dropped(); !dropped.empty()) {
        frozen_.reset();
        link_.watch(parse_target(dropped));
      }
      const clock::time_point now = clock::now();
      if (!window_.is_iconified() && rhythm_.is_due(revision(), now)) {
        rhythm_.note_drawn(revision(), now);
        draw(nullptr);
      }
      if (!chosen_.is_errand()) continue;
      if (const std::optional<int> code = run_errand()) return *code;
    }
    remember();
    return 0;
  }

 private:
  // Of what is shown: what comes in while the picture stands still is no reason to draw.
  [[nodiscard]] std::uint64_t revision() const {
    return frozen_ ? frozen_revision_ : link_.revision();
  }

  void remember() {
    if (chosen_.is_errand()) return;
    settings now = remembered_;
    // A size that was asked for is for this time.
    if (chosen_.width == 0) std::tie(now.width, now.height) = window_.size();
    now.zoom = shell_.zoom();
    now.filters = shell_.filters();
    if (now == remembered_) return;
    remembered_ = now;
    const std::string error = save_settings(now, settings_file());
    if (!error.empty())
      std::cerr << "asioscope-viewer: size, zoom and filters are not remembered: " << error << '\n';
  }

  void draw(picture* copy) {
    wishes wanted;
    window_.draw(
        [&] {
          link_.read([&](const model::model& model) {
            const model::program* live = model.current();
            title_ = live == nullptr ? "asioscope" : live->identity().program + " – asioscope";
          });
          scene now{.program = nullptr,
                    .connection = link_.status(),
                    .programs = link_.programs(),
                    .revision = revision()};
          if (frozen_) {
            now.program = &*frozen_;
            wanted = shell_.draw(now, true);
            return;
          }
          link_.read([&](const model::model& model) {
            now.program = model.current();
            wanted = shell_.draw(now, false);
          });
        },
        copy);
    window_.set_title(title_);
    window_.zoom(shell_.zoom());
    grant(wanted);
    // What somebody asked to be kept is kept at once.
    if (shell_.filters() != remembered_.filters) remember();
  }

  void grant(const wishes& wanted) {
    if (wanted.quit) window_.close();
    if (wanted.go_on) rhythm_.note_input();
    link_.want_trace(wanted.trace);
    if (wanted.watch) {
      frozen_.reset();
      link_.watch(*wanted.watch);
    }
    if (wanted.show_until) link_.show_until(*wanted.show_until);
    if (!wanted.toggle_pause) return;
    if (frozen_) {
      frozen_.reset();
      return;
    }
    frozen_revision_ = link_.revision();
    link_.read([this](const model::model& model) {
      if (model.current() != nullptr) frozen_ = *model.current();
    });
  }

  std::optional<int> run_errand() {
    const bool is_complete = link_.read([](const model::model& model) {
      return model.current() != nullptr && model.current()->complete();
    });
    const connection_status status = link_.status();
    const auto verdict = errand_.ask(is_complete, status.now == phase::refused, clock::now());
    if (verdict == errand_clock::verdict::wait) return std::nullopt;
    std::string error;
    if (verdict == errand_clock::verdict::give_up) error = explain_absence(status);
    if (!chosen_.screenshot.empty()) {
      picture shot;
      draw(&shot);
      const std::string failure = write_png(chosen_.screenshot, shot.width, shot.height, shot.rgb);
      if (error.empty()) error = failure;
    }
    if (error.empty() && !chosen_.dump_model.empty()) {
      error = link_.read([this](const model::model& model) {
        return write_model(*model.current(), chosen_.dump_model);
      });
    }
    if (error.empty()) return 0;
    std::cerr << "asioscope-viewer: " << error << '\n';
    return 1;
  }

  const options& chosen_;
  settings remembered_;
  window window_;
  shell shell_;
  redraw_rhythm rhythm_;
  std::optional<model::program> frozen_;  // what is shown while paused
  std::uint64_t frozen_revision_ = 0;
  std::string title_;
  connection link_;  // after the window, which it wakes
  errand_clock errand_;
};

}  // namespace

int run_window(const options& chosen) { return application(chosen).run(); }

}  // namespace asioscope::viewer
