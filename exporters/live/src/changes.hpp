// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/message.hpp"
#include "asioscope/schema/snapshot.hpp"

namespace asioscope::live {

/// The frame that takes a viewer who knows `from` to `to`: what is new in `to` or differs. Pure.
///
/// Of what `to` does not mention any more, a thread is reported as gone and a live task as
/// vanished; everything else stays for the life of a process. Time and telemetry are always those
/// of `to`. The rest of the frame is left empty.
schema::frame changes(const schema::snapshot& from, const schema::snapshot& to);

/// Whether the frame says anything besides time and telemetry.
bool is_news(const schema::frame& value);

}  // namespace asioscope::live
