pragma circom 2.1.6;

include "fits-bits.circom";

// AssuranceCap(): asserts that a credential claims no higher assurance than its issuer's registry leaf allows.
//
// Inputs
//   assurance   asserted: assurance <= cap
//   cap         asserted: 8 bits
template AssuranceCap() {
    signal input assurance;
    signal input cap;

    FitsBits(8)(cap);
    FitsBits(8)(cap - assurance);
}
