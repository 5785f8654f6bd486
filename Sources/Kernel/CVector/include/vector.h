// The few loops worth compiling once per vector level. Every function keeps a fixed number of
// lanes and no contraction, so that its result does not depend on the level chosen at load.
#pragma once
