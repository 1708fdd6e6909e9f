CREATE TABLE "did_keys" (
	"did" text NOT NULL,
	"kid" text NOT NULL,
	CONSTRAINT "did_keys_did_kid_pk" PRIMARY KEY("did","kid")
);

--> statement-breakpoint
CREATE TABLE "dids" (
	"did" text PRIMARY KEY NOT NULL,
	"alias" text,
	"provider" text NOT NULL,
	"controller_key_id" text,
	"services" jsonb NOT NULL,
	CONSTRAINT "dids_alias_unique" UNIQUE("alias")
);

--> statement-breakpoint
CREATE TABLE "keys" (
	"kid" text PRIMARY KEY NOT NULL,
	"kms" text NOT NULL,
	"type" text NOT NULL,
	"public_key_hex" text NOT NULL,
	"meta" jsonb
);

--> statement-breakpoint
CREATE TABLE "private_keys" (
	"alias" text PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"encrypted" text NOT NULL
);

--> statement-breakpoint
CREATE TABLE "secrets" (
	"name" text PRIMARY KEY NOT NULL,
	"encrypted" text NOT NULL
);

--> statement-breakpoint
CREATE TABLE "used_tokens" (
	"signer" text NOT NULL,
	"jti" text NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "used_tokens_signer_jti_pk" PRIMARY KEY("signer","jti")
);

--> statement-breakpoint
ALTER TABLE "did_keys" ADD CONSTRAINT "did_keys_did_dids_did_fk" FOREIGN KEY ("did") REFERENCES "public"."dids"("did") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "did_keys" ADD CONSTRAINT "did_keys_kid_keys_kid_fk" FOREIGN KEY ("kid") REFERENCES "public"."keys"("kid") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "used_tokens_expires_at" ON "used_tokens" USING btree ("expires_at");
