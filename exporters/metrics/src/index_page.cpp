// SPDX-License-Identifier: BSL-1.0
#include "index_page.hpp"

#include "build_info.hpp"
#include "label_value.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <optional>

namespace asioscope::metrics {

namespace {

using std::chrono::nanoseconds;

constexpr std::string_view page_style = R"(
:root { color-scheme: light dark; --line: #8884; --dim: #666; --bad: #c62828; }
@media (prefers-color-scheme: dark) { :root { --dim: #aaa; --bad: #ff8a80; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; }
ul { padding-left: 1.25rem; }
.wide { overflow-x: auto; }
.wide table { width: 100%; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .4rem 2rem .4rem 0;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
tbody th { font-weight: 400; color: var(--dim); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.dim { color: var(--dim); }
.bad { color: var(--bad); font-weight: 600; }
code { font-size: .9em; overflow-wrap: anywhere; }
)";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : label_value(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string formatted(const char* format, double value) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string duration_text(double seconds) {
  if (seconds < 1) return formatted("%.0f ms", seconds * 1e3);
  if (seconds < 120) return formatted("%.1f s", seconds);
  if (seconds < 7200) return formatted("%.0f min", seconds / 60);
  if (seconds < 2 * 86'400) return formatted("%.1f h", seconds / 3600);
  return formatted("%.1f days", seconds / 86'400);
}

double in_seconds(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }

std::string_view name_of_site(const schema::snapshot& now, std::uint32_t site) {
  const auto found = std::ranges::find(now.sites, site, &schema::site_info::id);
  return found == now.sites.end() ? std::string_view{} : std::string_view{found->name};
}

std::string cell(const std::string& html, std::string_view kind = {}) {
  return "<td" + (kind.empty() ? std::string{} : " class=\"" + std::string(kind) + '"') + '>' +
         html + "</td>";
}

/// What the thread that has been in one handler for longest is doing.
std::string doing_now(const index_facts& facts, const schema::loop_statistics& of) {
  if (of.threads == 0) return cell("nobody runs it", "dim");
  const thread_now* longest = nullptr;
  for (const thread_now& each : facts.threads) {
    if (each.loop != of.loop || !each.in_run) continue;
    if (longest == nullptr || *each.in_run > *longest->in_run) longest = &each;
  }
  if (longest == nullptr) return cell("waits", "dim");
  const std::string_view site = name_of_site(facts.now, longest->site);
  const std::string handler =
      site.empty() ? std::string("a handler") : "<code>" + escaped(site) + "</code>";
  if (*longest->in_run < facts.stall_threshold) return cell("runs " + handler);
  return cell("in " + handler + " for " + duration_text(in_seconds(longest->in_run->count())),
              "bad");
}

std::string last_stall(const index_facts& facts, std::uint32_t loop) {
  const schema::report* last = nullptr;
  for (const schema::report& each : facts.reports) {
    if (each.kind != schema::report_kind::stall || each.loop != loop) continue;
    if (last == nullptr || each.time_ns >= last->time_ns) last = &each;
  }
  if (last == nullptr) return cell("none", "dim");
  const std::string_view site = name_of_site(facts.now, last->site);
  const std::string& culprit = last->culprit;
  const std::string who = escaped(culprit.empty() ? site : std::string_view{culprit});
  std::string html = duration_text(static_cast<double>(last->duration_ns) / 1e9);
  if (last->ongoing) {
    html += " so far";
  } else {
    html += ", " +
            duration_text(std::max(0.0, in_seconds(facts.now.time.monotonic_ns - last->time_ns))) +
            " ago";
  }
  if (!who.empty()) html += ", in <code>" + who + "</code>";
  return cell(html);
}

std::string busy_share(const schema::loop_statistics& of) {
  const auto busy = static_cast<double>(of.busy_ns);
  const double known = busy + static_cast<double>(of.idle_ns);
  return known > 0 ? formatted("%.1f %%", 100 * busy / known) : "–";
}

std::string loop_row(const index_facts& facts, const schema::loop_info& loop,
                     const schema::loop_statistics& of) {
  return "<tr>" + cell("<code>" + escaped(loop.name) + "</code>") +
         cell(std::to_string(of.threads), "n") + cell(busy_share(of), "n") +
         cell(std::to_string(of.pending), "n") + cell(std::to_string(of.outstanding), "n") +
         doing_now(facts, of) + last_stall(facts, loop.id) + "</tr>\n";
}

std::string loop_table(const index_facts& facts) {
  std::string rows;
  for (const schema::loop_info& each : facts.now.loops) {
    const auto of =
        std::ranges::find(facts.now.loop_stats, each.id, &schema::loop_statistics::loop);
    if (!each.gone && of != facts.now.loop_stats.end()) rows += loop_row(facts, each, *of);
  }
  if (rows.empty()) return "<p class=\"dim\">No loop has run yet.</p>\n";
  return "<div class=\"wide\"><table>\n<thead><tr><th>loop</th><th class=\"n\">threads</th>"
         "<th class=\"n\">busy, since the start</th><th class=\"n\">pending</th>"
         "<th class=\"n\">outstanding</th><th>now</th><th>last stall</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody></table></div>\n";
}

std::string fact(const char* name, const std::string& html) {
  return std::string("<tr><th>") + name + "</th>" + cell(html) + "</tr>\n";
}

std::string process_table(const index_facts& facts) {
  const process_figures& of = facts.process;
  const double now = in_seconds(facts.now.time.realtime_ns);
  std::string rows = fact("process", std::to_string(facts.pid));
  if (of.start_time_seconds)
    rows += fact("up for", duration_text(std::max(0.0, now - *of.start_time_seconds)));
  if (of.cpu_seconds) rows += fact("CPU time", duration_text(*of.cpu_seconds));
  if (of.resident_memory_bytes)
    rows += fact("memory", formatted("%.1f MiB", *of.resident_memory_bytes / 1024 / 1024));
  if (of.threads) rows += fact("threads", formatted("%.0f", *of.threads));
  if (of.open_fds) rows += fact("open files", formatted("%.0f", *of.open_fds));
  rows += fact("recording", escaped(facts.mode));
  std::string boost(boost_version);
  std::ranges::replace(boost, '_', '.');
  rows += fact("build", "asioscope " + escaped(library_version) + ", Boost " + escaped(boost) +
                            ", " + escaped(compiler_version));
  return "<table>\n<tbody>\n" + rows + "</tbody></table>\n";
}

constexpr std::string_view page_links = R"(<ul>
<li><a href="/metrics">/metrics</a>: for Prometheus</li>
<li><a href="/healthz">/healthz</a>: whether this server answers</li>
<li><a href="/livez">/livez</a>: whether no loop is stuck, if a limit is set</li>
<li><a href="/readyz">/readyz</a>: whether the loops run</li>
</ul>
)";

}  // namespace

std::string index_page(const index_facts& facts) {
  const std::string name = escaped(facts.program);
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
      name + " – asioscope</title>\n<style>";
  page += page_style;
  page += "</style>\n</head>\n<body>\n<h1>" + name +
          "</h1>\n<p class=\"dim\">Its event loops, as asioscope sees them</p>\n";
  page += "<h2>Loops</h2>\n" + loop_table(facts);
  page += "<h2>Links</h2>\n";
  page += page_links;
  page += "<h2>Process</h2>\n" + process_table(facts) + "</body>\n</html>\n";
  return page;
}

}  // namespace asioscope::metrics
