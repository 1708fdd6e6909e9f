pragma circom 2.1.6;

include "../../node_modules/circomlib/circuits/poseidon.circom";

// DeviceBinding(): ties a device to a holder before every issuer alike, Poseidon(9, secret, device).
//
// Inputs
//   secret   any field element
//   device   any field element
// Output
//   out
template DeviceBinding() {
    signal input secret;
    signal input device;
    signal output out;

    out <== Poseidon(3)([9, secret, device]);
}
