// SPDX-License-Identifier: BSL-1.0
#include "connection/connection.hpp"

#include "connection/backoff.hpp"
#include "connection/dial.hpp"
#include "connection/recording_file.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

namespace asioscope::viewer {
namespace {

using phase = connection_status::phase;
using clock = connection_status::clock;

constexpr std::chrono::milliseconds dial_timeout{3'000};
constexpr std::chrono::milliseconds greeting_timeout{5'000};
constexpr std::chrono::milliseconds look_around_interval{1'000};

// Time passes in an idle loop too: it waits, turns and probes its lag. That is no reason for a new
// picture; it is seen when the clock is drawn.
bool has_worked(const schema::loop_statistics& said, const model::program* known) {
  if (known == nullptr) return true;
  const auto found = known->loops().find(said.loop);
  if (found == known->loops().end()) return true;
  const schema::loop_statistics& before = found->second.statistics();
  return said.busy_ns != before.busy_ns || said.pending != before.pending ||
         said.outstanding != before.outstanding || said.threads != before.threads ||
         said.stalls != before.stalls;
}

bool has_news(const schema::message& message, const model::program* known) {
  const auto* frame = std::get_if<schema::frame>(&message);
  return frame == nullptr || frame->snapshot || !frame->loops.empty() || !frame->sites.empty() ||
         !frame->site_stats.empty() || !frame->task_stats.empty() || !frame->tasks.empty() ||
         !frame->vanished_tasks.empty() || !frame->reports.empty() || !frame->gaps.empty() ||
         !frame->events.empty() ||
         std::ranges::any_of(frame->loop_stats, [known](const schema::loop_statistics& each) {
           return has_worked(each, known);
         });
}

std::string greeting(bool trace) {
  schema::hello hello;
  hello.program = "asioscope-viewer";
  hello.pid = static_cast<std::uint32_t>(::getpid());
  std::string bytes;
  schema::encode(hello, bytes);
  schema::encode(schema::request{.trace = trace}, bytes);
  return bytes;
}

// Whoever has hung up already may have said why: its words are read all the same. The little that
// is said always fits.
void say(const descriptor& socket, const std::string& bytes) {
  static_cast<void>(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

}  // namespace

connection::connection(target wanted, std::function<void()> changed, std::size_t trace_events,
                       tap copy)
    : changed_(std::move(changed)),
      trace_events_(trace_events),
      copy_(std::move(copy)),
      model_(trace_events),
      interrupt_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  status_.wanted = std::move(wanted);
  status_.since = clock::now();
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_setname_np(thread_.native_handle(), "asioscope-view");
}

connection::~connection() {
  stopping_ = true;
  ::eventfd_write(interrupt_.get(), 1);
  thread_.join();
}

void connection::watch(target wanted) {
  {
    const std::lock_guard lock(mutex_);
    status_.wanted = std::move(wanted);
  }
  retarget_ = true;
  ::eventfd_write(interrupt_.get(), 1);
}

void connection::want_trace(bool wanted) {
  if (trace_wanted_.exchange(wanted) != wanted) ::eventfd_write(interrupt_.get(), 1);
}

void connection::show_until(std::int64_t moment_ns) {
  if (shown_until_.exchange(moment_ns) != moment_ns) ::eventfd_write(interrupt_.get(), 1);
}

connection_status connection::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

std::vector<local_program> connection::programs() const {
  const std::lock_guard lock(mutex_);
  return programs_;
}

void connection::run() {
  backoff retry;
  while (true) {
    // Before the flags are read: they are set before the event is written.
    eventfd_t ignored = 0;
    ::eventfd_read(interrupt_.get(), &ignored);
    if (stopping_) return;
    if (retarget_.exchange(false)) retry.reset();
    look_around();
    const target wanted = status().wanted;
    greeted_ = false;
    attempt(wanted);
    if (greeted_) retry.reset();
    if (is_interrupted()) continue;
    pause(retry.next());
  }
}

void connection::attempt(const target& wanted) {
  const bool is_file = wanted.how == target::kind::recording ||
                       (wanted.how == target::kind::socket &&
                        std::filesystem::is_regular_file(std::filesystem::status(wanted.name)));
  if (is_file) return show_recording(wanted.name);
  dialled line;
  std::string address = describe(wanted);
  if (wanted.how == target::kind::tcp) {
    line = dial_tcp(wanted.name, wanted.port, interrupt_.get(), dial_timeout);
  } else if (wanted.how == target::kind::socket) {
    line = dial_unix(wanted.name, interrupt_.get(), dial_timeout);
  } else {
    // A program that was watched and is gone is waited for under its name, rather than exchanged
    // for another one in front of the user's eyes.
    const std::string& name = wanted.how == target::kind::newest ? followed_ : wanted.name;
    const auto found = choose(programs(), name);
    if (!found) {
      enter(phase::searching,
            name.empty() ? "no program found" : "no program '" + name + "' found");
      return;
    }
    followed_ = found->name;
    address = found->socket;
    line = dial_unix(found->socket, interrupt_.get(), dial_timeout);
  }
  {
    const std::lock_guard lock(mutex_);
    status_.address = address;
  }
  if (!line.socket) {
    enter(phase::connecting, line.error);
    return;
  }
  converse(line.socket);
  copy_ = {};
  const std::lock_guard lock(mutex_);
  model_.disconnected();
}

void connection::converse(const descriptor& socket) {
  trace_asked_ = trace_wanted_;
  say(socket, greeting(trace_asked_));
  schema::decoder decoder;
  std::array<char, 65'536> buffer;
  const clock::time_point begun = clock::now();
  clock::time_point looked = begun;
  while (true) {
    std::array<pollfd, 2> waits = {{{socket.get(), POLLIN, 0}, {interrupt_.get(), POLLIN, 0}}};
    ::poll(waits.data(), waits.size(), static_cast<int>(look_around_interval.count()));
    if (is_interrupted()) return;
    if (waits[1].revents != 0) say_what_is_wanted(socket);
    if (clock::now() - looked >= look_around_interval) {
      looked = clock::now();
      look_around();
    }
    if (!greeted_ && clock::now() - begun > greeting_timeout) {
      enter(phase::refused, "whoever listens there does not greet like asioscope");
      return;
    }
    if (waits[0].revents == 0) continue;
    const ssize_t count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (count <= 0) {
      std::string farewell = read([](const model::model& model) { return model.farewell(); });
      if (farewell.empty()) farewell = "the program has ended or hung up";
      enter(greeted_ ? phase::lost : phase::refused, farewell);
      return;
    }
    const std::string error =
        take(std::string_view(buffer.data(), static_cast<std::size_t>(count)), decoder);
    if (!error.empty()) {
      enter(phase::refused, error);
      return;
    }
  }
}

void connection::say_what_is_wanted(const descriptor& socket) {
  eventfd_t ignored = 0;
  ::eventfd_read(interrupt_.get(), &ignored);
  // What interrupts is set before the event is written: seen here at the latest, or told again.
  if (is_interrupted()) ::eventfd_write(interrupt_.get(), 1);
  const bool wanted = trace_wanted_;
  if (wanted == trace_asked_) return;
  trace_asked_ = wanted;
  if (wanted) {
    const std::lock_guard lock(mutex_);
    model_.ask_for_trace();
  }
  std::string bytes;
  schema::encode(schema::request{.trace = wanted}, bytes);
  say(socket, bytes);
}

// The whole of it, then as it was at each moment that is asked for, until something else is to be
// watched.
void connection::show_recording(const std::string& path) {
  shown_until_ = std::numeric_limits<std::int64_t>::max();
  std::optional<std::int64_t> shown;
  while (!is_interrupted()) {
    const std::int64_t wanted = shown_until_;
    if (shown != wanted) {
      if (!shown) enter(phase::reading, {});
      replayed found = replay(path, wanted, trace_events_, [&](double share) {
        note_read_share(share);
        return is_interrupted() || shown_until_ != wanted;
      });
      note_read_share(std::nullopt);
      if (found.was_cancelled) continue;
      if (!found.error.empty()) {
        enter(phase::refused, found.error);
        break;
      }
      {
        const std::lock_guard lock(mutex_);
        model_ = std::move(found.state);
        status_.address = path;
        if (!shown) status_.recorded = found.extent;
        status_.kept.reset();
        status_.heard = clock::now();
      }
      shown = wanted;
      greeted_ = true;
      enter(phase::replaying, status().recorded.flaw);
      revision_.fetch_add(1, std::memory_order_relaxed);
      changed_();
    }
    std::array<pollfd, 1> waits = {{{interrupt_.get(), POLLIN, 0}}};
    ::poll(waits.data(), waits.size(), static_cast<int>(look_around_interval.count()));
    if (waits[0].revents == 0) {
      look_around();
      continue;
    }
    eventfd_t ignored = 0;
    ::eventfd_read(interrupt_.get(), &ignored);
  }
  // What comes next may be the same process, live: the two are not to be mixed.
  const std::lock_guard lock(mutex_);
  model_ = model::model(trace_events_);
}

void connection::note_read_share(std::optional<double> share) {
  {
    const std::lock_guard lock(mutex_);
    if (share && status_.read_share && *share - *status_.read_share < 0.01) return;
    if (!share && !status_.read_share) return;
    status_.read_share = share;
  }
  revision_.fetch_add(1, std::memory_order_relaxed);
  changed_();
}

std::string connection::take(std::string_view bytes, schema::decoder& decoder) {
  if (copy_) copy_(bytes);
  decoder.feed(bytes);
  bool news = false;
  std::string error;
  {
    const std::lock_guard lock(mutex_);
    status_.bytes += bytes.size();
  }
  while (error.empty()) {
    const auto message = decoder.next();
    if (!message) break;
    {
      const std::lock_guard lock(mutex_);
      news = news || has_news(*message, model_.current());
      error = model_.fold(*message);
      status_.heard = clock::now();
      if (!greeted_ && error.empty() && std::holds_alternative<schema::hello>(*message)) {
        greeted_ = true;
        status_.now = phase::live;
        status_.reason.clear();
        status_.since = status_.heard;
      }
    }
    if (error.empty()) keep(*message, decoder.last_bytes());
  }
  if (error.empty()) error = decoder.error();
  if (news) revision_.fetch_add(1, std::memory_order_relaxed);
  if (news) changed_();
  return error;
}

void connection::keep(const schema::message& message, std::string_view bytes) {
  std::optional<recent_stream::extent> kept;
  {
    const std::lock_guard lock(recent_mutex_);
    if (const auto* greeting = std::get_if<schema::hello>(&message)) recent_.begin(*greeting);
    if (const auto* frame = std::get_if<schema::frame>(&message)) recent_.take(*frame, bytes);
    kept = recent_.kept();
  }
  const std::lock_guard lock(mutex_);
  status_.kept = kept;
}

std::string connection::save(const std::string& path, std::int64_t begin_ns,
                             std::int64_t end_ns) const {
  recent_stream said;
  {
    // Whoever listens waits for no disk.
    const std::lock_guard lock(recent_mutex_);
    said = recent_;
  }
  const auto kept = said.kept();
  if (!kept) return "there is nothing to save yet";
  if (end_ns < kept->begin_ns) return "what is shown is older than what is kept: go on first";
  recording_file file(path);
  std::string error = file.error();
  if (!error.empty()) return error;
  said.write(begin_ns, end_ns, [&file](std::string_view bytes) {
    file.write(bytes);
    return file.error().empty();
  });
  error = file.error();
  // Half of a recording would look like a whole one that ends early.
  if (!error.empty()) ::unlink(path.c_str());
  return error;
}

void connection::enter(phase phase, std::string reason) {
  {
    const std::lock_guard lock(mutex_);
    // To an observer the attempts in between are one state: it is gone and being looked for.
    if (status_.now == phase && status_.reason == reason) return;
    status_.now = phase;
    status_.reason = std::move(reason);
    status_.since = clock::now();
  }
  revision_.fetch_add(1, std::memory_order_relaxed);
  changed_();
}

void connection::look_around() {
  std::vector<local_program> found = find_local_programs();
  {
    const std::lock_guard lock(mutex_);
    if (found == programs_) return;
    programs_ = std::move(found);
  }
  revision_.fetch_add(1, std::memory_order_relaxed);
  changed_();
}

void connection::pause(std::chrono::milliseconds time) {
  pollfd wait{interrupt_.get(), POLLIN, 0};
  ::poll(&wait, 1, static_cast<int>(time.count()));
}

bool connection::is_interrupted() const noexcept { return stopping_ || retarget_; }

}  // namespace asioscope::viewer
