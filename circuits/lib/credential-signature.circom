pragma circom 2.1.6;

include "../../node_modules/circomlib/circuits/babyjub.circom";
include "../../node_modules/circomlib/circuits/eddsaposeidon.circom";

// CredentialSignature(): asserts an EdDSA-Poseidon signature in circomlib's convention, S·Base8 = R8 + 8·h·A with
// h = Poseidon(R8x, R8y, Ax, Ay, message).
//
// circomlib's verifier adds points by formulas that hold on the curve only, so both points are put on it first. It asserts
// itself that S is below the subgroup's order and that 8·A isn't the identity.
//
// Inputs
//   key[2]      asserted: on the curve, 8·key isn't the identity. Assumes prime order (the registry's admission)
//   r8[2]       asserted: on the curve
//   s           asserted: below the subgroup's order
//   message     any field element
template CredentialSignature() {
    signal input key[2];
    signal input r8[2];
    signal input s;
    signal input message;

    component keyOnCurve = BabyCheck();
    keyOnCurve.x <== key[0];
    keyOnCurve.y <== key[1];

    component r8OnCurve = BabyCheck();
    r8OnCurve.x <== r8[0];
    r8OnCurve.y <== r8[1];

    component verifier = EdDSAPoseidonVerifier();
    verifier.enabled <== 1;
    verifier.Ax <== key[0];
    verifier.Ay <== key[1];
    verifier.R8x <== r8[0];
    verifier.R8y <== r8[1];
    verifier.S <== s;
    verifier.M <== message;
}
