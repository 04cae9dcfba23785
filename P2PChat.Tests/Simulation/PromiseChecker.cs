namespace P2PChat.Tests.Simulation;

/// <summary>
/// States that a sender sees. The first four only advance, unless the receiver has lost the message. The others are
/// final, except <see cref="Unconfirmed"/>.
/// </summary>
internal enum SeenState
{
    Queued,
    Sent,
    Delivered,
    Read,
    Expired,
    Refused,

    /// <summary>Expired after it was sent, so it may still turn out delivered.</summary>
    Unconfirmed,

    Lost,
}

/// <summary>
/// Checks the promise: a message that <c>send</c> accepted is in the receiver's store exactly once and in the sender's
/// order, or its sender is told that it is not. Works for simulations and real processes. Messages are identified by
/// their unique text, because a sender may crash before it learns an id.
/// </summary>
/// <param name="expiry">Age at which a message may expire.</param>
internal sealed class PromiseChecker(TimeSpan expiry)
{
    private readonly Dictionary<string, Fate> _fates = [];
    private readonly Dictionary<(string Receiver, string Sender), List<Fate>> _stores = [];
    private readonly HashSet<(string By, string Whom)> _refusals = [];
    private readonly HashSet<(string Sender, string Receiver)> _unaware = [];
    private readonly List<string> _violations = [];

    /// <summary>Descriptions of all violations.</summary>
    public IReadOnlyList<string> Violations => _violations;

    /// <summary>Whether any peer has refused another.</summary>
    public bool HasRefusals => _refusals.Count > 0;

    /// <summary>Number of promised messages.</summary>
    public int Promised => _fates.Values.Count(fate => fate.IsPromised);

    /// <summary>Number of messages in their receivers' stores.</summary>
    public int Arrived => _stores.Values.Sum(store => store.Count);

    /// <summary>Records that <c>send</c> was called. Must be called in order for each sender and receiver.</summary>
    /// <param name="at">The checker's clock.</param>
    public void Sending(string sender, string receiver, string text, DateTimeOffset at) =>
        _fates.Add(
            text,
            new Fate(_fates.Count, sender, receiver, text, at) { HasNoOrder = _unaware.Contains((sender, receiver)) }
        );

    /// <summary>
    /// Records that a peer unknowingly runs on an older copy. The other side drops its mail under reused sequences as
    /// duplicates, and receives those messages later and out of order.
    /// </summary>
    public void Unaware(string sender, string receiver) => _unaware.Add((sender, receiver));

    /// <summary>Records that it has found out, and has begun a new epoch.</summary>
    public void Aware(string sender, string receiver) => _unaware.Remove((sender, receiver));

    /// <summary>Records that <c>send</c> has succeeded. The promise holds from now on.</summary>
    public void SendAccepted(string text) => _fates[text].IsPromised = true;

    /// <summary>Records that a message may expire early, because all its clocks are ahead.</summary>
    public void MayExpireEarly(string text) => _fates[text].MayExpireEarly = true;

    /// <summary>Records that a peer has removed another from its contacts.</summary>
    public void Refusing(string by, string whom) => _refusals.Add((by, whom));

    /// <summary>Records that the sender's person sees a message's state, in an event or in the history.</summary>
    /// <param name="at">The checker's clock.</param>
    public void StateSeen(string text, SeenState state, DateTimeOffset at)
    {
        if (!_fates.TryGetValue(text, out var fate))
        {
            Violated($"'{text}' is {state}, but was never sent");
            return;
        }

        var before = fate.State;
        fate.State = state;
        if (before == state)
        {
            return;
        }

        if (before is SeenState.Unconfirmed && state is SeenState.Delivered or SeenState.Read)
        {
            return;
        }

        if (before is >= SeenState.Expired)
        {
            Violated($"{fate} was {before} and is now {state}");
        }
        // A message sent again may next be seen as sent, or as delivered if a crash hid the first state.
        else if (state < before && !(state is SeenState.Sent or SeenState.Delivered && fate.IsRecalled))
        {
            Violated($"{fate} went back from {before} to {state}");
        }

        fate.IsRecalled &= state < SeenState.Sent;
        switch (state)
        {
            case SeenState.Expired or SeenState.Unconfirmed when at - fate.SentAt < expiry && !fate.MayExpireEarly:
                Violated($"{fate} has expired after {at - fate.SentAt}");
                break;
            case SeenState.Refused
                when !_refusals.Contains((fate.Receiver, fate.Sender))
                    && !_refusals.Contains((fate.Sender, fate.Receiver)):
                Violated($"{fate} was refused, but no peer had refused");
                break;
            // Old mail may bring lost messages to the receiver again without its sender knowing.
            case SeenState.Lost when !fate.MayBeLost:
                Violated($"{fate} is reported as lost, but its receiver has lost nothing");
                break;
        }
    }

    /// <summary>Whether the sender's person has seen any state of a message.</summary>
    public bool HasStateOf(string text) => _fates[text].State is not null;

    /// <summary>Records that a message was added to the receiver's store, after all earlier ones.</summary>
    public void Received(string receiver, string sender, string text)
    {
        if (!_fates.TryGetValue(text, out var fate) || (fate.Receiver, fate.Sender) != (receiver, sender))
        {
            Violated($"{receiver} has '{text}' from {sender}, which was never sent there");
            return;
        }

        var store = StoreOf(fate);
        if (store.Contains(fate))
        {
            Violated($"{fate} is in the receiver's store twice");
        }

        store.Add(fate);
        (fate.HasArrived, fate.WasLost) = (true, false);
        // It was deposited, then abandoned after its sender was restored to before the deposit, so the receiver did not
        // wait for it.
        fate.HasNoOrder |= fate.IsOfRestored && fate.State >= SeenState.Expired;
    }

    /// <summary>
    /// Records that a delivered message has left the sender's outbox. Only for callers that see both stores at once.
    /// </summary>
    public void LeftOutbox(string text)
    {
        var fate = _fates[text];
        if (!fate.HasArrived || !(fate.WasLost || StoreOf(fate).Contains(fate)))
        {
            Violated($"{fate} has left the outbox, but was never in the receiver's store");
        }
    }

    /// <summary>
    /// Records that the sender's store has abandoned a message, so that the receiver may continue without it.
    /// </summary>
    public void Abandoned(string text) => _fates[text].WasAbandoned = true;

    /// <summary>Records that a delivered message is sent again, because the receiver lost it.</summary>
    public void Recalled(string text)
    {
        var fate = _fates[text];
        if (!fate.MayBeLost)
        {
            Violated($"{fate} is sent again, but its receiver has lost nothing");
        }

        fate.IsRecalled = true;
    }

    /// <summary>
    /// Records that a peer was restored from an older copy. Messages that it does not contain are not promised any
    /// more.
    /// </summary>
    /// <param name="sent">The states of the peer's own messages in the copy.</param>
    /// <param name="received">The received messages in the copy.</param>
    public void Restored(string peer, IReadOnlyDictionary<string, SeenState> sent, IReadOnlySet<string> received)
    {
        foreach (var fate in _fates.Values.Where(fate => fate.Sender == peer))
        {
            fate.IsOfRestored = true;
            fate.IsForgotten |= !sent.TryGetValue(fate.Text, out var state);
            // The copy has forgotten that it was abandoned, so it is sent again after later messages.
            fate.HasNoOrder |= (fate.WasAbandoned || fate.State >= SeenState.Expired) && state < SeenState.Expired;
            fate.State = fate.IsForgotten ? null : state;
            fate.IsRecalled = false;
        }

        foreach (var fate in _fates.Values.Where(fate => fate.Receiver == peer))
        {
            fate.MayBeLost = true;
        }

        foreach (var (_, store) in _stores.Where(store => store.Key.Receiver == peer))
        {
            foreach (var fate in store.Where(fate => !received.Contains(fate.Text)))
            {
                (fate.WasLost, fate.HasNoOrder) = (true, true);
            }

            _ = store.RemoveAll(fate => !received.Contains(fate.Text));
        }

        // Restored from one copy to a newer one.
        foreach (
            var fate in received.Select(text => _fates[text]).Where(fate => !StoreOf(fate).Contains(fate)).ToList()
        )
        {
            StoreOf(fate).Add(fate);
            (fate.WasLost, fate.HasNoOrder) = (false, true);
        }
    }

    /// <summary>Records that a peer is gone forever, with its disk.</summary>
    public void Gone(string peer)
    {
        foreach (var fate in _fates.Values.Where(fate => fate.Sender == peer))
        {
            fate.IsForgotten = true;
        }
    }

    /// <summary>Checks the end of a history without further faults: every message must be in a final state.</summary>
    /// <param name="haveMet">
    /// Whether two peers, by name, have exchanged their states. No delivered message may then be missing at its
    /// receiver.
    /// </param>
    public void Settled(Func<string, string, bool>? haveMet = null)
    {
        foreach (var fate in _fates.Values.Where(fate => fate.IsPromised && !fate.IsForgotten))
        {
            if (fate.State is null or < SeenState.Delivered)
            {
                Violated($"{fate} is still {fate.State}, and has {(fate.HasArrived ? "" : "not ")}arrived");
            }
            else if (
                fate.State < SeenState.Expired
                && !StoreOf(fate).Contains(fate)
                && !(fate.WasLost && haveMet?.Invoke(fate.Sender, fate.Receiver) != true)
            )
            {
                Violated($"{fate} is {fate.State}, but not in the receiver's store");
            }
        }

        foreach (var store in _stores.Values)
        {
            var last = -1;
            foreach (var fate in store.Where(fate => fate is { IsForgotten: false, WasLost: false, HasNoOrder: false }))
            {
                if (fate.Number < last)
                {
                    Violated($"{fate} is in the receiver's store after a message that was sent later");
                }

                last = Math.Max(last, fate.Number);
            }
        }
    }

    /// <summary>Records any other violation.</summary>
    public void Violated(string what) => _violations.Add(what + ".");

    private List<Fate> StoreOf(Fate fate)
    {
        if (!_stores.TryGetValue((fate.Receiver, fate.Sender), out var store))
        {
            _stores.Add((fate.Receiver, fate.Sender), store = []);
        }

        return store;
    }

    private sealed class Fate(int number, string sender, string receiver, string text, DateTimeOffset sentAt)
    {
        public int Number => number;

        public string Sender => sender;

        public string Receiver => receiver;

        public string Text => text;

        public DateTimeOffset SentAt => sentAt;

        /// <summary>The last state that its sender saw; null if none.</summary>
        public SeenState? State { get; set; }

        public bool IsPromised { get; set; }

        public bool MayExpireEarly { get; set; }

        /// <summary>Whether its sender has forgotten it.</summary>
        public bool IsForgotten { get; set; }

        /// <summary>Whether its sender was restored since it was sent.</summary>
        public bool IsOfRestored { get; set; }

        public bool WasAbandoned { get; set; }

        public bool HasNoOrder { get; set; }

        /// <summary>Whether it is or was in the receiver's store.</summary>
        public bool HasArrived { get; set; }

        /// <summary>Whether the receiver has lost it and not received it again.</summary>
        public bool WasLost { get; set; }

        /// <summary>Whether the receiver was restored since it was sent.</summary>
        public bool MayBeLost { get; set; }

        /// <summary>Whether it is sent again after its delivery, and its sender has seen no new state yet.</summary>
        public bool IsRecalled { get; set; }

        public override string ToString() => $"'{text}' from {sender} to {receiver}";
    }
}
