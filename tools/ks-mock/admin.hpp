// The back door for tests, demos and benchmarks: puts orders into the books, changes the play, and
// tells the truth about what arrived. Plain HTTP on loopback; README.md lists the calls.
#pragma once

#include "stage.hpp"

namespace ks {

Response answer_admin(Stage& stage, const Request& request, Moment now);

}
