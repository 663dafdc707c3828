/**
 * The statements of one Turn, copied letter by letter from what the house sends (conversations/, customers/, knowledge-base/):
 * the suite compares both programs' statements as the server saw them and fails when they part.
 */
export const READ_ADDRESS = `select customer_id as "customerId", identity_id as "identityId", last_seq as "lastSeq", ended_at is not null as ended from addresses where channel = $1 and id = $2`

export const TAKE_SEQ = `update addresses set last_seq = last_seq + 1 where channel = $1 and id = $2
    returning customer_id as "customerId", identity_id as "identityId", last_seq as "lastSeq", ended_at is not null as ended`

export const LOCK_OPEN_CONVERSATION = `select c.id, c.state, m.id as "earlierId", m.seq as "earlierSeq"
    from (select 1) one
    left join (select id, state from conversations where channel = $1 and address = $2 and state <> 'closed' for update) c on true
    left join messages m on m.channel = $3 and m.address = $4 and m.dedupe_key = $5`

export const READ_TIER = `
    select t.name, t.first_holder, t.priority, t.greeting from customers c join tiers t on t.name = c.tier where c.id = $1`

export const INSERT_CONVERSATION = `insert into conversations (id, channel, address, customer_id, state, priority)
    values ($1, $2, $3, $4, $5, $6)`

export const INSERT_MESSAGE = `insert into messages (id, channel, address, seq, conversation_id, sender, name, text, activity, bytes, dedupe_key, reply_to_id, turn_id, sent_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8,
      $9::jsonb, $10, $11, $12, $13, $14::timestamptz)`

export const NOTE_CUSTOMER_MESSAGE = `update conversations set last_customer_seq = $1, last_message_at = now() where id = $2`

export const LEAVE_WORK = `insert into work (conversation_id, kind, due_at) values ($1, $2, now())
    on conflict (conversation_id) do update set kind = excluded.kind, due_at = excluded.due_at, attempts = 0,
      owner = case when work.kind = excluded.kind then work.owner end,
      lease_until = case when work.kind = excluded.kind then work.lease_until end,
      fence = case when work.kind = excluded.kind then work.fence else work.fence + 1 end`

export const CLAIM_WORK = `
    update work set owner = $1, lease_until = now() + make_interval(secs => $2), fence = fence + 1, attempts = attempts + 1
    where conversation_id in (
      select conversation_id from work
      where kind = any($3::text[]) and (due_at <= now() or due_at > now() + interval '1 minute')
        and (lease_until is null or lease_until < now() or lease_until > now() + interval '1 minute' or (owner = $4 and conversation_id <> all($5::text[])))
      order by due_at limit $6 for update skip locked)
    returning conversation_id, kind, fence, attempts`

export const READ_TURN = `select c.channel, c.address, c.state, c.customer_id, cu.tier, c.misses, c.answered_seq, now() as now,
      (select json_agg(json_build_object('id', m.id, 'seq', m.seq, 'sender', m.sender, 'text', m.text, 'locale', m.activity->>'locale',
          'kind', m.activity->'channelData'->'zhike'->>'kind', 'at', m.at,
          'files', case when m.sender = 'customer' then jsonb_path_query_array(m.activity, '$.attachments[*].contentType')
            || jsonb_path_query_array(m.activity, '$.entities[*].type ? (@ == "GeoCoordinates" || @ == "Place")') end,
          'choices', case when m.sender = 'bot' then jsonb_path_query_array(m.activity, '$.suggestedActions.actions[*].value') end) order by m.seq)
        from (select * from messages where conversation_id = c.id and (sender <> 'customer' or activity->>'type' = 'message')
          order by seq desc limit $1) m) as messages
    from conversations c join work w on w.conversation_id = c.id and w.fence = $2 join customers cu on cu.id = c.customer_id
    where c.id = $3`

export const READ_VERSION = `select version from knowledge_state`

export const LOCK_TURN = `select c.id, c.channel, c.address, c.customer_id as "customerId", c.state,
      c.last_customer_seq as "lastCustomerSeq", c.answered_seq as "answeredSeq", w.fence
    from conversations c left join work w on w.conversation_id = c.id where c.id = $1 for update of c`

export const COUNT_CURRENT = `select a.id from articles a
    join jsonb_to_recordset($1::jsonb) as c("articleId" text, version int) on c."articleId" = a.id and c.version = a.version
    where a.status = 'published' and not a.deleted
      and (a.valid_from is null or a.valid_from <= clock_timestamp()) and (a.valid_to is null or a.valid_to > clock_timestamp())
    order by a.id for share of a`

export const COMPLETE = `with said as (
        insert into messages (id, channel, address, seq, conversation_id, sender, name, text, activity, bytes, reply_to_id, turn_id, sent_at)
        select $1, $2, $3, $4::bigint, $5, 'bot', null, $6,
          $7::jsonb, $8::int, $9::text, $10, now()
        where $11::boolean returning id),
      due as (
        insert into deliveries (message_id, channel, address, seq)
        select $12, $13, $14, $15::bigint where $16::boolean returning 1),
      traced as (
        insert into turns (id, conversation_id, message_ids, effective_question, intent, decision, confidence, hits, reply, took_ms, trace_id)
        values ($17, $18, $19::text[], $20, $21::text,
          $22, $23::real, $24::jsonb, $25::text, $26::real, $27)),
      gone as (delete from work where conversation_id = $28 and fence = $29)
      update conversations set state = $30, reason = case when state = $31 then reason else $32::text end,
        queued_at = case when state = $33 then queued_at when $34 = 'queue' then now() end,
        misses = $35, answered_seq = greatest(answered_seq, $36::bigint), last_message_at = now(),
        closed_at = case when $37 = 'closed' then now() end
      where id = $38`

export const READ_LETTERS = `select id, seq, address, at, activity
    from (select id, seq, address, at, activity, sum(bytes) over (order by seq) - bytes as before from messages
      where channel = $1 and address = $2 and seq > $3 order by seq limit $4) page
    where before < $5 order by seq`

export const NOTIFY = `select pg_notify($1, $2)`

/** Not of a Turn: opening a conversation. */
export const OPEN = `with customer as (insert into customers (id) values ($2) on conflict (id) do nothing)
  insert into addresses (channel, id, customer_id, identity_id, last_seq) values ('web-chat', $1, $2, $2, 1)`
export const GREET = `insert into messages (id, channel, address, seq, sender, text, activity, bytes, sent_at) values ($1, 'web-chat', $2, 1, 'bot', $3, $4::jsonb, $5, now())`
