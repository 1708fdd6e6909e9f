pragma circom 2.1.6;

include "../../node_modules/circomlib/circuits/poseidon.circom";

// DevicePseudonym(): what one device of a holder is called before one audience, Poseidon(2, secret, audience, device).
//
// Inputs
//   secret     any field element
//   audience   any field element
//   device     any field element
// Output
//   out
template DevicePseudonym() {
    signal input secret;
    signal input audience;
    signal input device;
    signal output out;

    out <== Poseidon(4)([2, secret, audience, device]);
}
