// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace asioscope::recorder {

/// Looks up the names of the sites that are known by their code only. May take a tenth of a second
/// the first time: for threads that have that time.
void resolve_site_names();

}  // namespace asioscope::recorder
