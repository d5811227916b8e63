// SPDX-License-Identifier: BSL-1.0
#include "views/overview.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/card.hpp"
#include "widgets/heat_map.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/findings.hpp"
#include "asioscope/model/names.hpp"
#include "asioscope/model/units.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace asioscope::viewer {
namespace {

constexpr std::size_t most_findings = 6;

struct figure {
  const char* title;
  std::string value;
  std::string detail;
  const char* help;
  ImVec4 color = colors::strong;
};

const char* sign_of(model::severity level) {
  switch (level) {
    case model::severity::critical:
      return "■";
    case model::severity::serious:
      return "▲";
    case model::severity::warning:
      return "◆";
    case model::severity::notice:
      break;
  }
  return "●";
}

ImVec4 bad_when(bool is_bad, ImVec4 bad = colors::serious) { return is_bad ? bad : colors::strong; }

double per_second_lately(const model::program& program) {
  std::uint64_t runs = 0;
  for (const auto& [where, each] : program.sites()) {
    runs += each.since(program.window_start_ns()).run.count();
  }
  const double seconds = program.window_seconds();
  return seconds > 0 ? static_cast<double>(runs) / seconds : 0;
}

std::vector<figure> figures_of(const model::program& program) {
  const model::totals sum = program.sum();
  const auto count = [](std::uint64_t value) { return model::count_text(value); };
  const double mean = sum.handlers == 0 ? 0
                                        : static_cast<double>(sum.busy_ns) / 1e9 /
                                              static_cast<double>(sum.handlers);
  const std::uint64_t events_lost = program.self().events_lost + sum.events_in_gaps;
  return {
      {"Handlers run", count(sum.handlers),
       model::rate_text(per_second_lately(program)) + " lately",
       "Completion handlers that ran since the program began, and how many a second in the last "
       "10 seconds."},
      {"Busy", model::duration_text_ns(sum.busy_ns), "mean run " + model::duration_text(mean),
       "Time that the threads of all loops spent inside handlers since the program began."},
      {"Live tasks", count(program.tasks().live()), count(sum.tasks_finished) + " finished",
       "Coroutines that were spawned and have not ended."},
      {"Slow runs", count(sum.slow),
       "over " + model::limit_text_ns(program.identity().slow_threshold_ns),
       "Runs of a handler that took longer than the program's slow threshold.",
       bad_when(sum.slow != 0, colors::warning)},
      {"Exceptions", count(sum.failed + sum.tasks_failed),
       "ended " + model::plural(sum.tasks_failed, "task", "tasks"),
       "Exceptions that left handlers or ended tasks.",
       bad_when(sum.failed + sum.tasks_failed != 0)},
      {"Stalls", count(sum.stalls),
       sum.stalls == 0 ? "over " + model::limit_text_ns(program.identity().stall_threshold_ns)
                       : model::duration_text_ns(sum.stall_ns) + " in all",
       "Runs that still went on after the stall threshold: nothing else on that thread could run.",
       bad_when(sum.stalls != 0)},
      {"Events lost", count(events_lost), program.tracing() ? "tracing" : "not tracing",
       "Events of the trace that nobody read in time. The figures are not affected: they are "
       "counted "
       "apart from the trace.",
       bad_when(events_lost != 0, colors::warning)},
  };
}

void draw_figure(const figure& each, float width) {
  ImGui::BeginGroup();
  print(each.title, colors::quiet, type().small);
  print(each.value, each.color, type().figure);
  ImGui::PushFont(type().small);
  print(fitted(each.detail, width), colors::faint);
  ImGui::PopFont();
  ImGui::EndGroup();
  explain(each.help);
}

std::vector<plot_step> steps_of(const model::program& program, const model::loop& loop,
                                double model::loop_sample::*field) {
  std::vector<plot_step> result;
  result.reserve(loop.samples().size());
  const std::int64_t now = program.time().monotonic_ns;
  for (std::size_t index = 0; index < loop.samples().size(); ++index) {
    const model::loop_sample& sample = loop.samples()[index];
    const double end = static_cast<double>(sample.at_ns - now) / 1e9;
    const double begin = end - static_cast<double>(sample.span_ns) / 1e9;
    result.push_back({begin, end, sample.*field, sample.stalls != 0});
  }
  return result;
}

std::vector<plot_step> queue_steps_of(const model::program& program, const model::loop& loop) {
  std::vector<plot_step> result = steps_of(program, loop, &model::loop_sample::utilisation);
  for (std::size_t index = 0; index < result.size(); ++index) {
    result[index].value = static_cast<double>(loop.samples()[index].pending);
  }
  return result;
}

std::vector<heat_column> columns_of(const model::program& program, const model::loop& loop) {
  std::vector<heat_column> result;
  result.reserve(loop.lateness().size());
  const std::int64_t now = program.time().monotonic_ns;
  for (std::size_t index = 0; index < loop.lateness().size(); ++index) {
    const model::lag_column& column = loop.lateness()[index];
    const double end = static_cast<double>(column.at_ns - now) / 1e9;
    const double begin = end - static_cast<double>(column.span_ns) / 1e9;
    result.push_back({begin, end, column.counts, column.p50_seconds, column.p99_seconds});
  }
  return result;
}

std::vector<double> stall_marks_of(const model::program& program, const model::loop& loop) {
  std::vector<double> result;
  for (std::size_t index = 0; index < loop.samples().size(); ++index) {
    const model::loop_sample& sample = loop.samples()[index];
    const std::int64_t middle = sample.at_ns - sample.span_ns / 2 - program.time().monotonic_ns;
    if (sample.stalls != 0) result.push_back(static_cast<double>(middle) / 1e9);
  }
  return result;
}

// "2 threads · 1,234 handlers · 12 waiting for timers and I/O".
std::string facts_of(const model::loop& loop) {
  const schema::loop_statistics& now = loop.statistics();
  std::string facts = model::plural(now.threads, "thread", "threads");
  facts += "  ·  " + model::plural(loop.handlers(), "handler run", "handlers run");
  facts += "  ·  " + model::plural(now.outstanding, "operation waits", "operations wait");
  if (now.hops != 0) facts += "  ·  " + model::plural(now.hops, "hop", "hops");
  if (now.stalls != 0) {
    facts += "  ·  " + model::plural(now.stalls, "stall", "stalls") + " of " +
             model::duration_text_ns(now.stall_ns) + " in all";
  }
  return facts;
}

constexpr const char* stall_mark = "a stall began here";

const plot_style utilisation_style{
    "utilisation",
    "Utilisation",
    "Share of the time of its threads that the loop spent inside handlers. At 100 % it has no time "
    "left, and everything waits.",
    stall_mark,
    unit::share,
    colors::utilisation};
const heat_style lag_style{
    "lag",
    "Lag",
    "How late the loop is, second by second. Upwards: how long something that became ready had to "
    "wait before the loop got to it; the stronger a cell, the more of that second's arrivals. "
    "Thick "
    "line: the 99th percentile, thin line: the median. A long block counts with all that would "
    "have "
    "arrived meanwhile.",
    stall_mark,
    colors::lag,
    &model::octave_end_seconds};
const heat_style probes_style{
    "lag",
    "Lag of timers",
    "How late timers and probes ran compared with when they were due, second by second: the "
    "stronger a cell, the more of them. Thick line: the 99th percentile, thin line: the median. "
    "Programs that are built with the hooks tell what every arrival met.",
    stall_mark,
    colors::lag,
    &model::octave_end_seconds};
const plot_style throughput_style{
    "throughput", "Handlers per second", "Handlers that ran, per second.",
    stall_mark,   unit::per_second,      colors::throughput};
const plot_style queue_style{
    "queue",
    "Queue",
    "Handlers that were posted and had not begun, at the end of each quarter of a second.",
    stall_mark,
    unit::count,
    colors::queue};

}  // namespace

void overview_view::draw(const model::program& program, navigation& where) {
  draw_findings(program, where);
  draw_sums(program, where);
  if (program.loops().empty()) {
    empty_state("No event loop yet",
                "A loop appears here when the program first posts something to an io_context or "
                "a thread_pool, or names one with asioscope::instrument().");
    return;
  }
  const float share = ImGui::GetContentRegionAvail().y / static_cast<float>(program.loops().size());
  for (const auto& [id, loop] : program.loops())
    draw_loop(program, loop, share);
  draw_gaps(program);
}

void overview_view::draw_findings(const model::program& program, navigation& where) {
  if (found_in_frame_ != program.frames() ||
      found_in_program_ != program.identity().started_realtime_ns) {
    found_in_frame_ = program.frames();
    found_in_program_ = program.identity().started_realtime_ns;
    findings_ = model::find_what_is_wrong(program);
  }
  const std::vector<model::finding>& found = findings_;
  const std::size_t shown = std::min(found.size(), most_findings);
  const float row = ImGui::GetTextLineHeightWithSpacing();
  const std::size_t rows = std::max<std::size_t>(shown, 1) + (found.size() > shown ? 1 : 0);
  begin_card("findings", row * static_cast<float>(rows) - ImGui::GetStyle().ItemSpacing.y);
  if (found.empty()) {
    print("●", colors::good);
    ImGui::SameLine();
    print(program.complete() ? "Nothing is wrong." : "Waiting for the first snapshot…",
          colors::text);
  }
  for (std::size_t index = 0; index < shown; ++index) {
    const model::finding& each = found[index];
    ImGui::PushID(static_cast<int>(index));
    const bool leads_on = each.report != 0 || each.site != 0 || each.resource || each.task != 0;
    const ImVec2 begin = ImGui::GetCursorPos();
    if (leads_on) {
      if (ImGui::Selectable("##finding")) {
        if (each.report != 0) {
          where.show_report(each.report);
        } else if (each.resource) {
          where.show_resource(*each.resource);
        } else if (each.task != 0) {
          where.show_task(each.task);
        } else {
          where.show_site(each.site);
        }
      }
      ImGui::SetCursorPos(begin);
    }
    print(sign_of(each.level), colors::of(each.level));
    ImGui::SameLine();
    const float arrow = ImGui::GetFontSize() * 1.6F;
    const std::string text = fitted(each.sentence, ImGui::GetContentRegionAvail().x - arrow);
    print(text, each.level >= model::severity::serious ? colors::strong : colors::text);
    if (text.size() != each.sentence.size()) explain(each.sentence);
    if (leads_on) {
      ImGui::SameLine();
      print("→", colors::faint);
    }
    ImGui::PopID();
  }
  if (found.size() > shown) {
    print("and " + std::to_string(found.size() - shown) + " more", colors::quiet);
  }
  end_card();
}

void overview_view::draw_sums(const model::program& program, navigation& where) {
  const std::vector<figure> figures = figures_of(program);
  const float em = ImGui::GetFontSize();
  const float room = ImGui::GetContentRegionAvail().x - ImGui::GetStyle().WindowPadding.x * 2;
  const float least = em * 9.2F;
  const auto columns =
      std::clamp<std::size_t>(static_cast<std::size_t>(room / least), 2, figures.size());
  const std::size_t lines = (figures.size() + columns - 1) / columns;
  const float height =
      type().small->FontSize * 2 + type().figure->FontSize + ImGui::GetStyle().ItemSpacing.y * 2;
  const float width = room / static_cast<float>(columns);
  begin_card("sums", height * static_cast<float>(lines) +
                         ImGui::GetStyle().ItemSpacing.y * static_cast<float>(lines - 1));
  const ImVec2 origin = ImGui::GetCursorPos();
  for (std::size_t index = 0; index < figures.size(); ++index) {
    const auto column = index % columns;
    const auto row = index / columns;
    const auto x = static_cast<float>(column);
    const auto y = static_cast<float>(row);
    ImGui::SetCursorPos(
        {origin.x + x * width, origin.y + y * (height + ImGui::GetStyle().ItemSpacing.y)});
    draw_figure(figures[index], width - em);
    if (ImGui::IsItemClicked()) {
      const std::string title = figures[index].title;
      if (title == "Live tasks") where.current = panel::tasks;
      if (title == "Stalls" || title == "Exceptions") where.current = panel::stalls;
      if (title == "Handlers run" || title == "Slow runs") where.current = panel::handlers;
    }
  }
  end_card();
}

void overview_view::draw_loop(const model::program& program, const model::loop& loop, float share) {
  const float em = ImGui::GetFontSize();
  const ImVec2 spacing = ImGui::GetStyle().ItemSpacing;
  const float room = ImGui::GetContentRegionAvail().x - ImGui::GetStyle().WindowPadding.x * 2;
  // Wide ones show more of the time, where two lines of them have room.
  const int columns = room > em * 88 && share < em * 32 ? 4 : 2;
  const int lines = 4 / columns;
  const float gap = em * 1.6F;
  const float head = type().bold->FontSize + spacing.y * 1.5F;
  const float between = spacing.y * 1.5F;
  // Where there is room to spare, the plots share it.
  const float spare = share - head - ImGui::GetStyle().WindowPadding.y * 2 - spacing.y;
  const float height =
      (spare - between * static_cast<float>(lines - 1)) / static_cast<float>(lines);
  const ImVec2 size{(room - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns),
                    std::floor(std::clamp(height, em * 9.5F, em * 20))};
  const std::string name = program.loop_name(loop.info().id);
  ImGui::PushID(static_cast<int>(loop.info().id));
  begin_card("loop",
             head + static_cast<float>(lines) * size.y + static_cast<float>(lines - 1) * between);
  const ImVec2 origin = ImGui::GetCursorPos();
  print("Loop " + name, loop.info().gone ? colors::quiet : colors::strong, type().bold);
  ImGui::SameLine(0, em);
  ImGui::PushFont(type().small);
  const float raise = (type().bold->FontSize - type().small->FontSize) * 0.7F;
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() + raise);
  const std::string facts = (loop.info().gone ? "gone  ·  " : "") + facts_of(loop);
  print(fitted(facts, ImGui::GetContentRegionAvail().x), colors::quiet);
  ImGui::PopFont();

  const auto place = [&](int index) {
    const auto column = index % columns;
    const auto row = index / columns;
    const auto x = static_cast<float>(column);
    const auto y = static_cast<float>(row);
    ImGui::SetCursorPos({origin.x + x * (size.x + gap), origin.y + head + y * (size.y + between)});
  };
  place(0);
  plot(utilisation_style, steps_of(program, loop, &model::loop_sample::utilisation), time_, size);
  place(1);
  heat_map(loop.knows_arrivals() ? lag_style : probes_style, columns_of(program, loop),
           stall_marks_of(program, loop), time_, size);
  place(2);
  plot(throughput_style, steps_of(program, loop, &model::loop_sample::handlers_per_second), time_,
       size);
  place(3);
  plot(queue_style, queue_steps_of(program, loop), time_, size);
  end_card();
  ImGui::PopID();
}

void overview_view::draw_gaps(const model::program& program) {
  if (program.gaps().empty()) return;
  constexpr std::size_t most = 5;
  const std::size_t shown = std::min(program.gaps().size(), most);
  begin_card("gaps", ImGui::GetTextLineHeightWithSpacing() * static_cast<float>(shown + 1));
  print("Gaps in the trace", colors::strong, type().bold);
  explain("Events that were overwritten before this viewer could read them. Figures are complete.");
  for (std::size_t back = 1; back <= shown; ++back) {
    const schema::gap& gap = program.gaps()[program.gaps().size() - back];
    const double length = static_cast<double>(gap.to_ns - gap.from_ns) / 1e9;
    const double ago = static_cast<double>(program.time().monotonic_ns - gap.to_ns) / 1e9;
    const std::string text =
        model::plural(gap.count, "event", "events") + " of " + program.thread_name(gap.thread) +
        " within " + model::duration_text(length) + ", " + model::duration_text(ago) + " ago";
    print(fitted(text, ImGui::GetContentRegionAvail().x), colors::quiet);
  }
  end_card();
}

}  // namespace asioscope::viewer
