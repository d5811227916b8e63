// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/loop.hpp"
#include "asioscope/recorder/site.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <string_view>

/// What a signal handler may read of the recorder: names as C strings that stay, and the threads
/// that have a state. Published by those who hold the registry's lock; read without any.
namespace asioscope::recorder {

struct thread_state;

void publish_site_name(site_id id, std::string_view name) noexcept;
void publish_loop_name(loop_id id, std::string_view name) noexcept;

/// Async-signal-safe. One line, shortened; null: not known.
[[nodiscard]] const char* published_site_name(site_id id) noexcept;
[[nodiscard]] const char* published_loop_name(loop_id id) noexcept;

/// The threads; those beyond this number are left out. A thread that is read may go away meanwhile:
/// its memory must be copied with care, and its place be read again afterwards. Null: free.
inline constexpr std::size_t most_published_threads = 256;
extern constinit std::array<std::atomic<const thread_state*>, most_published_threads>
    published_threads;
void publish_thread(const thread_state& thread) noexcept;
void withdraw_thread(const thread_state& thread) noexcept;

}  // namespace asioscope::recorder
