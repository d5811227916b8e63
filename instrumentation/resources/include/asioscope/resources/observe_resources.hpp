// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace asioscope {

/// From now on the recorder knows the named primitives of `asioscope::core`: those that live and
/// those to come. A session does this; once is enough, and again does nothing.
///
/// Installs the observer of core: a program with one of its own hears no more after this.
///
/// Thread safety: any thread.
void observe_resources();

}  // namespace asioscope
