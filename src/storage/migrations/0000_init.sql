CREATE TABLE "challenges" (
	"id" text PRIMARY KEY NOT NULL,
	"status" text NOT NULL,
	"issued_at_ms" bigint NOT NULL,
	"state" jsonb NOT NULL
);

--> statement-breakpoint
CREATE TABLE "device_bars" (
	"device" numeric(78, 0) NOT NULL,
	"binding" numeric(78, 0) NOT NULL,
	"holder" text NOT NULL,
	"reason" text NOT NULL,
	"by" text NOT NULL,
	"barred_at" bigint NOT NULL,
	CONSTRAINT "device_bars_device_binding_holder_pk" PRIMARY KEY("device","binding","holder")
);

--> statement-breakpoint
CREATE TABLE "device_cards" (
	"card" text PRIMARY KEY NOT NULL,
	"device" numeric(78, 0) NOT NULL,
	"is_sliced" boolean NOT NULL,
	CONSTRAINT "device_cards_kind_unique" UNIQUE("card","device","is_sliced")
);

--> statement-breakpoint
CREATE TABLE "device_claims" (
	"device" numeric(78, 0) NOT NULL,
	"binding" numeric(78, 0) NOT NULL,
	"claimed_at" bigint NOT NULL,
	CONSTRAINT "device_claims_device_binding_pk" PRIMARY KEY("device","binding")
);

--> statement-breakpoint
CREATE TABLE "device_holders" (
	"device" numeric(78, 0) NOT NULL,
	"issuer" text NOT NULL,
	"holder" text NOT NULL,
	CONSTRAINT "device_holders_device_issuer_pk" PRIMARY KEY("device","issuer")
);

--> statement-breakpoint
CREATE TABLE "device_members" (
	"member" text PRIMARY KEY NOT NULL,
	"card" text NOT NULL,
	"device" numeric(78, 0) NOT NULL,
	"is_sliced" boolean NOT NULL,
	CONSTRAINT "device_members_whole_card" CHECK ("device_members"."is_sliced" = ("device_members"."member" <> "device_members"."card"))
);

--> statement-breakpoint
CREATE TABLE "devices" (
	"device" numeric(78, 0) PRIMARY KEY NOT NULL,
	"binding" numeric(78, 0) NOT NULL,
	"agent_key" text NOT NULL,
	"generation" bigint NOT NULL,
	"first_epoch" bigint NOT NULL,
	"source" bigint NOT NULL,
	"inherited_silence" bigint NOT NULL,
	"bound_at" bigint NOT NULL,
	"seen_at" bigint NOT NULL,
	CONSTRAINT "devices_agent_key_unique" UNIQUE("agent_key"),
	CONSTRAINT "devices_source_measured" CHECK ("devices"."source" between 2 and 3)
);

--> statement-breakpoint
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
CREATE TABLE "heartbeat_receipts" (
	"device" numeric(78, 0) NOT NULL,
	"slot" bigint NOT NULL,
	"monitor" text NOT NULL,
	"agent_key" text NOT NULL,
	"ok" boolean NOT NULL,
	"receipt" text NOT NULL,
	CONSTRAINT "heartbeat_receipts_device_slot_monitor_pk" PRIMARY KEY("device","slot","monitor")
);

--> statement-breakpoint
CREATE TABLE "issued_credentials" (
	"id" text PRIMARY KEY NOT NULL,
	"issuer" text NOT NULL,
	"schema" text NOT NULL,
	"holder" text NOT NULL,
	"device" numeric(78, 0) NOT NULL,
	"binding" numeric(78, 0) NOT NULL,
	"list" bigint NOT NULL,
	"index" bigint NOT NULL,
	"issued_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"jwt" text NOT NULL,
	"jwt_hash" text NOT NULL,
	"request_id" text NOT NULL,
	"request_hash" text NOT NULL,
	CONSTRAINT "issued_credentials_request_unique" UNIQUE("issuer","holder","request_id")
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
CREATE TABLE "leases" (
	"name" text PRIMARY KEY NOT NULL,
	"holder" text NOT NULL,
	"expires_at" bigint NOT NULL
);

--> statement-breakpoint
CREATE TABLE "ledger_capabilities" (
	"pseudonym" numeric(78, 0) NOT NULL,
	"device_pseudonym" numeric(78, 0) NOT NULL,
	"schema" text NOT NULL,
	"entry_id" text NOT NULL,
	"accepted_at" bigint NOT NULL,
	"ranges" jsonb NOT NULL,
	"proved_at" bigint NOT NULL,
	"expires" bigint NOT NULL,
	CONSTRAINT "ledger_capabilities_pseudonym_device_pseudonym_schema_pk" PRIMARY KEY("pseudonym","device_pseudonym","schema")
);

--> statement-breakpoint
CREATE TABLE "ledger_entries" (
	"entry_id" text PRIMARY KEY NOT NULL,
	"pseudonym" numeric(78, 0) NOT NULL,
	"kind" text NOT NULL,
	"accepted_at" bigint NOT NULL,
	"device_pseudonym" numeric(78, 0),
	"marketplace" text,
	"epoch" bigint,
	"document" jsonb NOT NULL
);

--> statement-breakpoint
CREATE TABLE "ledger_sessions" (
	"pseudonym" numeric(78, 0) NOT NULL,
	"thumbprint" text NOT NULL,
	CONSTRAINT "ledger_sessions_pseudonym_thumbprint_pk" PRIMARY KEY("pseudonym","thumbprint")
);

--> statement-breakpoint
CREATE TABLE "ledger_settings" (
	"id" integer PRIMARY KEY NOT NULL,
	"epoch_seconds" bigint NOT NULL,
	"genesis_epoch" bigint NOT NULL,
	CONSTRAINT "ledger_settings_single" CHECK ("ledger_settings"."id" = 1)
);

--> statement-breakpoint
CREATE TABLE "ledgers" (
	"pseudonym" numeric(78, 0) PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"listed" boolean NOT NULL,
	"score" bigint NOT NULL,
	"lower" bigint NOT NULL,
	"upper" bigint NOT NULL,
	"horizon" bigint NOT NULL,
	"voids" bigint NOT NULL
);

--> statement-breakpoint
CREATE TABLE "private_keys" (
	"alias" text PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"encrypted" text NOT NULL
);

--> statement-breakpoint
CREATE TABLE "proof_requests" (
	"audience" text NOT NULL,
	"nonce" text NOT NULL,
	"request" jsonb NOT NULL,
	"expires_at" bigint NOT NULL,
	"accepted_at" bigint,
	"recipient" text,
	"presentation_hash" text,
	"answer" text,
	CONSTRAINT "proof_requests_audience_nonce_pk" PRIMARY KEY("audience","nonce")
);

--> statement-breakpoint
CREATE TABLE "registry_conflicts" (
	"hash" text PRIMARY KEY NOT NULL,
	"place" bigint GENERATED ALWAYS AS IDENTITY (sequence name "registry_conflicts_place_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"document" jsonb NOT NULL
);

--> statement-breakpoint
CREATE TABLE "registry_cuts" (
	"number" bigint NOT NULL,
	"sub" bigint NOT NULL,
	"document" jsonb NOT NULL,
	CONSTRAINT "registry_cuts_number_sub_pk" PRIMARY KEY("number","sub")
);

--> statement-breakpoint
CREATE TABLE "registry_genesis" (
	"id" integer PRIMARY KEY NOT NULL,
	"document" jsonb NOT NULL,
	CONSTRAINT "registry_genesis_single" CHECK ("registry_genesis"."id" = 1)
);

--> statement-breakpoint
CREATE TABLE "registry_log" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"previous" text NOT NULL,
	"document" jsonb NOT NULL,
	CONSTRAINT "registry_log_previous_unique" UNIQUE("previous")
);

--> statement-breakpoint
CREATE TABLE "registry_roots" (
	"number" bigint NOT NULL,
	"sub" bigint NOT NULL,
	"is_signed" boolean NOT NULL,
	"statement" jsonb NOT NULL,
	CONSTRAINT "registry_roots_number_sub_pk" PRIMARY KEY("number","sub")
);

--> statement-breakpoint
CREATE TABLE "replay_keys" (
	"audience" text NOT NULL,
	"purpose" text NOT NULL,
	"period" text NOT NULL,
	"key" numeric(78, 0) NOT NULL,
	"accepted_at" bigint NOT NULL,
	CONSTRAINT "replay_keys_audience_purpose_period_key_pk" PRIMARY KEY("audience","purpose","period","key")
);

--> statement-breakpoint
CREATE TABLE "secrets" (
	"name" text PRIMARY KEY NOT NULL,
	"encrypted" text NOT NULL
);

--> statement-breakpoint
CREATE TABLE "status_entries" (
	"list" bigint NOT NULL,
	"index" bigint NOT NULL,
	"issuer" text NOT NULL,
	"schema" text NOT NULL,
	"holder" text NOT NULL,
	"subject" numeric(78, 0) NOT NULL,
	"binding" numeric(78, 0) NOT NULL,
	"model" numeric(78, 0) NOT NULL,
	"variant" bigint NOT NULL,
	"members" jsonb NOT NULL,
	"revoked_at" bigint,
	"revoked_by" text,
	"reason" text,
	CONSTRAINT "status_entries_list_index_pk" PRIMARY KEY("list","index"),
	CONSTRAINT "status_entries_owner_unique" UNIQUE("issuer","schema","holder","subject","binding","model","variant"),
	CONSTRAINT "status_entries_index_range" CHECK ("status_entries"."index" between 0 and 131071),
	CONSTRAINT "status_entries_revocation_whole" CHECK (num_nulls("status_entries"."revoked_at", "status_entries"."revoked_by", "status_entries"."reason") in (0, 3))
);

--> statement-breakpoint
CREATE TABLE "status_lists" (
	"list" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "status_lists_list_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"issuer" text NOT NULL,
	"schema" text NOT NULL,
	"ordinal" bigint NOT NULL,
	"full" boolean DEFAULT false NOT NULL,
	"seq" bigint DEFAULT 0 NOT NULL,
	"encoded_list" text,
	CONSTRAINT "status_lists_ordinal_unique" UNIQUE("issuer","schema","ordinal")
);

--> statement-breakpoint
CREATE TABLE "status_updates" (
	"issuer" text NOT NULL,
	"list" bigint NOT NULL,
	"seq" bigint NOT NULL,
	"previous_seq" bigint NOT NULL,
	"accepted_at" bigint NOT NULL,
	"urgent_day" bigint,
	"document" jsonb NOT NULL,
	CONSTRAINT "status_updates_issuer_list_seq_pk" PRIMARY KEY("issuer","list","seq"),
	CONSTRAINT "status_updates_previous_unique" UNIQUE("issuer","list","previous_seq"),
	CONSTRAINT "status_updates_urgent_unique" UNIQUE("issuer","urgent_day"),
	CONSTRAINT "status_updates_forward" CHECK ("status_updates"."seq" > "status_updates"."previous_seq")
);

--> statement-breakpoint
CREATE TABLE "used_releases" (
	"serial" text PRIMARY KEY NOT NULL,
	"used_at" bigint NOT NULL
);

--> statement-breakpoint
CREATE TABLE "used_tokens" (
	"signer" text NOT NULL,
	"jti" text NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "used_tokens_signer_jti_pk" PRIMARY KEY("signer","jti")
);

--> statement-breakpoint
CREATE TABLE "void_epochs" (
	"epoch" bigint PRIMARY KEY NOT NULL,
	"declared_at" bigint NOT NULL,
	"reason" text NOT NULL,
	"signer" text NOT NULL,
	"signature" text NOT NULL
);

--> statement-breakpoint
CREATE TABLE "witness_marks" (
	"witness" text PRIMARY KEY NOT NULL,
	"number" bigint NOT NULL,
	"boot" text NOT NULL,
	"seconds" double precision NOT NULL
);

--> statement-breakpoint
ALTER TABLE "device_cards" ADD CONSTRAINT "device_cards_device_devices_device_fk" FOREIGN KEY ("device") REFERENCES "public"."devices"("device") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "device_claims" ADD CONSTRAINT "device_claims_device_devices_device_fk" FOREIGN KEY ("device") REFERENCES "public"."devices"("device") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "device_holders" ADD CONSTRAINT "device_holders_device_devices_device_fk" FOREIGN KEY ("device") REFERENCES "public"."devices"("device") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "device_members" ADD CONSTRAINT "device_members_card_device_is_sliced_device_cards_card_device_is_sliced_fk" FOREIGN KEY ("card","device","is_sliced") REFERENCES "public"."device_cards"("card","device","is_sliced") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "did_keys" ADD CONSTRAINT "did_keys_did_dids_did_fk" FOREIGN KEY ("did") REFERENCES "public"."dids"("did") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "did_keys" ADD CONSTRAINT "did_keys_kid_keys_kid_fk" FOREIGN KEY ("kid") REFERENCES "public"."keys"("kid") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "issued_credentials" ADD CONSTRAINT "issued_credentials_list_index_status_entries_list_index_fk" FOREIGN KEY ("list","index") REFERENCES "public"."status_entries"("list","index") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ledger_capabilities" ADD CONSTRAINT "ledger_capabilities_pseudonym_ledgers_pseudonym_fk" FOREIGN KEY ("pseudonym") REFERENCES "public"."ledgers"("pseudonym") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ledger_entries" ADD CONSTRAINT "ledger_entries_pseudonym_ledgers_pseudonym_fk" FOREIGN KEY ("pseudonym") REFERENCES "public"."ledgers"("pseudonym") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ledger_sessions" ADD CONSTRAINT "ledger_sessions_pseudonym_ledgers_pseudonym_fk" FOREIGN KEY ("pseudonym") REFERENCES "public"."ledgers"("pseudonym") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "registry_roots" ADD CONSTRAINT "registry_roots_number_sub_registry_cuts_number_sub_fk" FOREIGN KEY ("number","sub") REFERENCES "public"."registry_cuts"("number","sub") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "status_entries" ADD CONSTRAINT "status_entries_list_status_lists_list_fk" FOREIGN KEY ("list") REFERENCES "public"."status_lists"("list") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "challenges_issued_at" ON "challenges" USING btree ("issued_at_ms");
--> statement-breakpoint
CREATE INDEX "device_cards_device" ON "device_cards" USING btree ("device");
--> statement-breakpoint
CREATE INDEX "device_holders_holder" ON "device_holders" USING btree ("issuer","holder");
--> statement-breakpoint
CREATE INDEX "device_members_device" ON "device_members" USING btree ("device");
--> statement-breakpoint
CREATE INDEX "heartbeat_receipts_slot" ON "heartbeat_receipts" USING btree ("slot");
--> statement-breakpoint
CREATE INDEX "issued_credentials_place" ON "issued_credentials" USING btree ("list","index","expires_at");
--> statement-breakpoint
CREATE INDEX "ledger_entries_pseudonym" ON "ledger_entries" USING btree ("pseudonym","accepted_at");
--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_entries_uptime_unique" ON "ledger_entries" USING btree ("pseudonym","device_pseudonym","epoch") WHERE "ledger_entries"."kind" = 'uptime';
--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_entries_jobs_unique" ON "ledger_entries" USING btree ("pseudonym","marketplace","epoch") WHERE "ledger_entries"."kind" = 'jobs';
--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_entries_roster_unique" ON "ledger_entries" USING btree ("pseudonym","device_pseudonym","kind") WHERE "ledger_entries"."kind" in ('join', 'retire');
--> statement-breakpoint
CREATE INDEX "ledgers_directory" ON "ledgers" USING btree ("score" DESC NULLS LAST,"pseudonym") WHERE "ledgers"."listed";
--> statement-breakpoint
CREATE INDEX "ledgers_stale" ON "ledgers" USING btree ("horizon") WHERE "ledgers"."listed";
--> statement-breakpoint
CREATE INDEX "proof_requests_expires_at" ON "proof_requests" USING btree ("expires_at");
--> statement-breakpoint
CREATE INDEX "status_entries_binding" ON "status_entries" USING btree ("binding");
--> statement-breakpoint
CREATE INDEX "status_entries_revoked" ON "status_entries" USING btree ("list","index") WHERE "status_entries"."revoked_at" is not null;
--> statement-breakpoint
CREATE INDEX "status_updates_urgent" ON "status_updates" USING btree ("accepted_at") WHERE "status_updates"."urgent_day" is not null;
--> statement-breakpoint
CREATE INDEX "used_tokens_expires_at" ON "used_tokens" USING btree ("expires_at");
