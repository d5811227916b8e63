// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/message.hpp"

#include <cstddef>
#include <vector>

namespace asioscope::live {

/// Messages are kept to about this size, so that none comes near the limits of a reader and others
/// get their turn between two of them.
inline constexpr std::size_t chunk_bytes = std::size_t{256} << 10;

/// Cuts a frame into frames of about `limit` encoded bytes at most (a single element may be
/// larger), in an order in which names come before what uses them. Each has the time, the flags and
/// the telemetry of `whole`, except that `snapshot_end` is set on the last one only. At least one.
std::vector<schema::frame> split(schema::frame whole, std::size_t limit = chunk_bytes);

}  // namespace asioscope::live
