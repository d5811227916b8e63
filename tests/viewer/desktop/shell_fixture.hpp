// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "headless_ui.hpp"
#include "synthetic_shop.hpp"
#include "views/shell.hpp"

#include "asioscope/model/model.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <optional>

namespace asioscope::viewer {

/// The whole window, of a synthetic shop that has been watched for 45 seconds.
class shell_fixture : public testing::Test {
 protected:
  shell_fixture() {
    EXPECT_EQ(state.fold(shop.greeting(4'711)), "");
    EXPECT_EQ(state.fold(shop.snapshot()), "");
    pass(900);
    now.connection.now = connection_status::phase::live;
    now.connection.heard = connection_status::clock::now();
    now.connection.address = "/run/shop.sock";
    now.programs = {{"shop", 4'711, "/run/shop.sock"}};
  }

  void pass(int steps) {
    for (int step = 0; step < steps; ++step)
      EXPECT_EQ(state.fold(shop.step()), "");
    ++now.revision;
  }

  // Draws the whole window once more; keeps what the user wished for.
  void draw() {
    now.program = with_program ? state.current() : nullptr;
    const wishes result = window.draw(now, paused);
    if (result.toggle_pause) paused = !paused;
    if (result.watch) {
      watched = result.watch;
      in_new_tab = result.in_new_tab;
    }
    if (result.save) save = result.save;
    if (result.show_tab) now.tab = *result.show_tab;
    if (result.close_tab) closed_tab = result.close_tab;
    quit = quit || result.quit;
  }
  std::function<void()> content = [this] { draw(); };

  test::synthetic_shop shop;
  model::model state;
  scene now;
  shell window;
  bool with_program = true;
  bool paused = false;
  bool quit = false;
  std::optional<target> watched;
  bool in_new_tab = false;
  std::optional<save_request> save;
  std::optional<std::size_t> closed_tab;
};

/// Every vertex that is drawn is a number, and there are some.
inline void expect_sound_picture() {
  const ImDrawData& data = *ImGui::GetDrawData();
  ASSERT_TRUE(data.Valid);
  EXPECT_GT(data.TotalVtxCount, 500);
  for (int list = 0; list < data.CmdListsCount; ++list) {
    for (const ImDrawVert& vertex : data.CmdLists[list]->VtxBuffer) {
      ASSERT_TRUE(std::isfinite(vertex.pos.x) && std::isfinite(vertex.pos.y));
    }
  }
}

}  // namespace asioscope::viewer
