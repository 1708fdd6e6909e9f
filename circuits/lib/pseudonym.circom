pragma circom 2.1.6;

include "../../node_modules/circomlib/circuits/poseidon.circom";

// Pseudonym(): what a holder is called before one audience, Poseidon(1, secret, audience).
//
// Inputs
//   secret     any field element
//   audience   any field element
// Output
//   out
template Pseudonym() {
    signal input secret;
    signal input audience;
    signal output out;

    out <== Poseidon(3)([1, secret, audience]);
}
