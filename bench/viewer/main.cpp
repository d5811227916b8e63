// SPDX-License-Identifier: BSL-1.0
// What a picture takes of the processor, with ten million events or a million tasks, and how many
// events a second can be taken in. No window: what the graphics card does is not measured.
#include "generated.hpp"
#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "views/shell.hpp"
#include "views/task_groups.hpp"
#include "views/task_search.hpp"
#include "views/task_tree.hpp"

#include "asioscope/model/task_history.hpp"
#include "asioscope/schema/codec.hpp"

#include <imgui.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace asioscope {
namespace {

constexpr float width = 1'920;
constexpr float height = 1'080;

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

/// Dear ImGui without a window.
class screen {
 public:
  screen() {
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = {width, height};
    io.DeltaTime = 1.0F / 60;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    viewer::use_fonts(viewer::load_fonts(1));
    viewer::colors::apply_theme(1);
    unsigned char* pixels = nullptr;
    int across = 0;
    int down = 0;
    io.Fonts->GetTexDataAsAlpha8(&pixels, &across, &down);
  }
  ~screen() { ImGui::DestroyContext(); }
  screen(const screen&) = delete;
  screen& operator=(const screen&) = delete;

  struct times {
    double median = 0;
    double highest = 0;
  };

  /// Milliseconds of the processor, of some pictures; `prepare` comes before each.
  static times picture_ms(
      const std::function<void()>& content, const std::function<void()>& prepare = [] {}) {
    std::vector<double> taken;
    for (int picture = 0; picture < 33; ++picture) {
      prepare();
      const double begin = cpu_seconds();
      ImGui::NewFrame();
      content();
      ImGui::Render();
      if (picture >= 3) taken.push_back((cpu_seconds() - begin) * 1e3);
    }
    return {median(taken), std::ranges::max(taken)};
  }
};

void print_row(const std::string& what, double value, const char* unit, const std::string& goal) {
  std::printf("  %-58s %9.2f %-4s %s\n", what.c_str(), value, unit, goal.c_str());
}

void print_row(const std::string& what, screen::times taken) {
  std::printf("  %-58s %9.2f ms   goal 4; the highest %.2f\n", what.c_str(), taken.median,
              taken.highest);
}

model::model loaded(const std::vector<schema::frame>& frames, std::size_t events) {
  model::model state(events);
  schema::hello hello;
  hello.program = "generated";
  hello.started_realtime_ns = 1'700'000'000'000'000'000;
  static_cast<void>(state.fold(hello));
  static_cast<void>(state.fold(bench::generated_program()));
  for (const schema::frame& frame : frames)
    static_cast<void>(state.fold(frame));
  return state;
}

void type(char letter) { ImGui::GetIO().AddInputCharacter(static_cast<unsigned char>(letter)); }

void measure_intake(std::size_t events) {
  const std::vector<schema::frame> frames = bench::generated_trace(events);
  std::string bytes;
  for (const schema::frame& frame : frames)
    schema::encode(frame, bytes);
  model::model state = loaded({}, events * 2);
  schema::decoder decoder;
  const double begin = cpu_seconds();
  constexpr std::size_t portion = 65'536;
  for (std::size_t at = 0; at < bytes.size(); at += portion) {
    decoder.feed(std::string_view(bytes).substr(at, portion));
    while (const auto message = decoder.next())
      static_cast<void>(state.fold(*message));
  }
  const double taken = cpu_seconds() - begin;
  const auto kept = static_cast<double>(state.current()->events());
  print_row("events decoded and folded", kept / taken / 1e6, "M/s", "goal 5");
  print_row("bytes of the stream for each", static_cast<double>(bytes.size()) / kept, "B", "");
}

// What is looked for a portion at a time: the longest portion is what a picture may have to wait.
void print_search(const std::string& what, const std::function<void()>& begin,
                  const std::function<bool()>& step, const std::function<void()>& take) {
  std::vector<double> taken;
  const auto time = [&](const std::function<void()>& part) {
    const double from = cpu_seconds();
    part();
    taken.push_back((cpu_seconds() - from) * 1e3);
  };
  time(begin);
  bool is_over = false;
  while (!is_over)
    time([&] { is_over = step(); });
  time(take);
  double all = 0;
  for (const double each : taken)
    all += each;
  const std::string title = what + ", in " + std::to_string(taken.size() - 2) + " portions";
  print_row(title, {median(taken), std::ranges::max(taken)});
  print_row("  together", all, "ms", "");
}

void measure_history(const model::program& program) {
  schema::task_info task;
  task.id = 7;
  task.state = schema::task_state::suspended;
  model::task_history_search search;
  model::task_history found;
  print_search(
      "a task's history",
      [&] { search.begin(program.trace(), program.untraced(), task, program.time().monotonic_ns); },
      [&] { return search.step(200'000); }, [&] { found = search.take(); });
  print_row("  its runs", static_cast<double>(found.runs), "", "");
}

void measure_searches(const model::program& program) {
  const auto question = [](const char* filter) {
    viewer::task_question result;
    result.filter = viewer::text_filter(filter, viewer::task_fields);
    result.comes_first = [](const viewer::task_row& left, const viewer::task_row& right) {
      return left.age > right.age;
    };
    return result;
  };
  std::vector<viewer::task_row> rows;
  viewer::task_search list;
  for (const char* filter : {"", "name:/items.[0-5]$/ -state:running", "/(x+x+)+y/", "id:/77$/"}) {
    print_search(
        "list, filter \"" + std::string(filter) + "\"",
        [&] {
          viewer::task_question asked = question(filter);
          asked.judge = model::task_judge(program);
          list.begin(std::move(asked));
        },
        [&] { return list.step(program); }, [&] { rows = list.take(); });
  }
  viewer::task_tree_search tree;
  for (const bool is_open : {false, true}) {
    print_search(
        is_open ? "tree, open" : "tree, closed",
        [&] {
          viewer::open_nodes open;
          open.set_all(is_open);
          tree.begin(question(""), open);
        },
        [&] { return tree.step(program); }, [&] { rows = tree.take(); });
  }
  viewer::task_groups_search names;
  print_search(
      "by name", [&] { names.begin(); }, [&] { return names.step(program); },
      [&] { static_cast<void>(names.take()); });
}

void measure_timeline(std::size_t events) {
  const model::model state = loaded(bench::generated_trace(events), events * 2);
  const model::trace_store& trace = state.current()->trace();
  std::printf("  timeline of %zu events, %.0f MB, %.1f s of a program\n", trace.events(),
              static_cast<double>(trace.bytes()) / 1e6,
              static_cast<double>(trace.end_ns() - trace.begin_ns()) / 1e9);
  measure_history(*state.current());
  const screen display;
  viewer::shell window(viewer::panel::timeline);
  viewer::scene now;
  now.program = state.current();
  now.connection.now = viewer::connection_status::phase::live;
  const auto content = [&] { static_cast<void>(window.draw(now, false)); };
  const auto still = [] {};
  int direction = 0;
  const auto pan = [&] { type(direction++ % 2 == 0 ? 'a' : 'd'); };
  const auto report = [&](const std::string& what) {
    const std::string span =
        std::to_string(static_cast<double>(window.timeline().range().span_ns) / 1e9);
    print_row(what + ", " + span + " s shown, at rest", screen::picture_ms(content, still));
    print_row(what + ", while it moves", screen::picture_ms(content, pan));
    print_row("  its corners", static_cast<double>(ImGui::GetDrawData()->TotalVtxCount), "", "");
  };
  const auto press = [&](char letter) {
    if (letter != '\0') type(letter);
    ImGui::NewFrame();
    content();
    ImGui::Render();
  };
  press('f');
  while (window.timeline().range().span_ns < trace.end_ns() - trace.begin_ns())
    press('s');
  report("all");
  const auto zoom = [&](std::int64_t span) {
    while (window.timeline().range().span_ns > span)
      press('w');
  };
  zoom(1'000'000'000);
  report("a second");
  zoom(10'000'000);
  report("some milliseconds");
  // A run and its arrows, and what delayed it.
  ImGuiIO& io = ImGui::GetIO();
  const auto click = [&](ImVec2 at) {
    for (const bool down : {false, true, false}) {
      io.MousePos = at;
      io.MouseDown[0] = down;
      press('\0');
    }
  };
  for (float y = 165; y < 600 && !window.timeline().chosen(); y += 12)
    for (float x = 400; x < 1'800 && !window.timeline().chosen(); x += 100)
      click({x, y});
  if (!window.timeline().chosen()) {
    std::fprintf(stderr, "no run lies where one is expected\n");
    std::exit(1);
  }
  report("the same, one run chosen");
}

void measure_tasks(std::size_t tasks) {
  model::model state = loaded(bench::generated_tasks(tasks), 10'000);
  std::printf("  %zu live tasks\n", state.current()->tasks().live());
  measure_searches(*state.current());
  const screen display;
  for (const auto& [which, name] :
       {std::pair(viewer::panel::tasks, "tasks"), std::pair(viewer::panel::overview, "overview")}) {
    viewer::shell window(which);
    viewer::scene now;
    now.program = state.current();
    now.connection.now = viewer::connection_status::phase::live;
    const auto content = [&] { static_cast<void>(window.draw(now, false)); };
    const auto news = [&] {
      ++now.revision;
      schema::frame nothing;
      nothing.time = state.current()->time();
      static_cast<void>(state.fold(nothing));
    };
    print_row(std::string(name) + ", at rest", screen::picture_ms(content));
    print_row(std::string(name) + ", with news for each picture",
              screen::picture_ms(content, news));
  }
}

}  // namespace
}  // namespace asioscope

int main(int argc, char** argv) {
  const bool smoke = argc == 2 && std::strcmp(argv[1], "--smoke") == 0;
  if (argc > 1 && !smoke) {
    std::fprintf(stderr, "usage: asioscope-bench-viewer [--smoke]: with little, for a moment\n");
    return 1;
  }
  const std::size_t events = smoke ? 50'000 : 10'000'000;
  const std::size_t tasks = smoke ? 10'000 : 1'000'000;
  std::printf("CPU time of one thread, medians of 30 pictures of 1920x1080\n");
  asioscope::measure_intake(events / 5);
  asioscope::measure_timeline(events);
  asioscope::measure_tasks(tasks);
  return 0;
}
