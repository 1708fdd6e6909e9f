pragma circom 2.1.6;

include "fits-bits.circom";

// InRange(n): asserts min <= value <= max for bounds that are integers below 2^n.
//
// The bounds' own ranges are not asserted here: whoever recomputes the policy's hash parsed them as n-bit numbers. Why the rest
// is enough: min < 2^n and value - min < 2^n give value < 2^(n+1) as an integer, far from p. So max - value < 2^n means that
// value doesn't exceed max, and hence value < 2^n too.
//
// Inputs
//   min     assumes n bits (the verifier's parser)
//   value   asserted: min <= value <= max (hence n bits)
//   max     assumes n bits (the verifier's parser)
template InRange(n) {
    assert(n <= 250);
    signal input min;
    signal input value;
    signal input max;

    FitsBits(n)(value - min);
    FitsBits(n)(max - value);
}
