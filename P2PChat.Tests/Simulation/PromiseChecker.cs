namespace P2PChat.Tests.Simulation;

/// <summary>
/// States that a sender sees. The first four only advance, unless the receiver has lost the message; the others are final,
/// except <see cref="Unconfirmed"/>.
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
/// Holds what happened against the promise: a message that <c>send</c> accepted is in the receiver's store exactly once and
/// in its sender's order, or its sender has been told that it is not. It takes facts and judges; where they come from, a
/// simulation or real processes, is not its business. A message goes by its text, which must be like no other's: its
/// sender may have died before it learned of an id.
/// </summary>
/// <param name="expiry">How old a message must be before it may expire.</param>
internal sealed class PromiseChecker(TimeSpan expiry)
{
    private readonly Dictionary<string, Fate> _fates = [];
    private readonly Dictionary<(string Receiver, string Sender), List<Fate>> _stores = [];
    private readonly HashSet<(string By, string Whom)> _refusals = [];
    private readonly HashSet<(string Sender, string Receiver)> _unaware = [];
    private readonly List<string> _violations = [];

    /// <summary>What has been broken, in words; empty if nothing.</summary>
    public IReadOnlyList<string> Violations => _violations;

    /// <summary>Whether anyone has refused anyone.</summary>
    public bool HasRefusals => _refusals.Count > 0;

    /// <summary>How many messages have been promised.</summary>
    public int Promised => _fates.Values.Count(fate => fate.IsPromised);

    /// <summary>How many messages are in their receivers' stores.</summary>
    public int Arrived => _stores.Values.Sum(store => store.Count);

    /// <summary>A <c>send</c> begins. Those of one sender to one receiver are told in their order.</summary>
    /// <param name="at">The checker's clock.</param>
    public void Sending(string sender, string receiver, string text, DateTimeOffset at) =>
        _fates.Add(
            text,
            new Fate(_fates.Count, sender, receiver, text, at) { HasNoOrder = _unaware.Contains((sender, receiver)) }
        );

    /// <summary>
    /// One stands on an older copy and does not know: of what it leaves as mail before it does, the other side takes what it
    /// has not had under the same numbers, and the rest later.
    /// </summary>
    public void Unaware(string sender, string receiver) => _unaware.Add((sender, receiver));

    /// <summary>It knows, and has begun another epoch.</summary>
    public void Aware(string sender, string receiver) => _unaware.Remove((sender, receiver));

    /// <summary>That <c>send</c> has returned, and without an error: from here on the promise holds.</summary>
    public void SendAccepted(string text) => _fates[text].IsPromised = true;

    /// <summary>All clocks by which a message ages are ahead, so it may expire early.</summary>
    public void MayExpireEarly(string text) => _fates[text].MayExpireEarly = true;

    /// <summary>One does not want to talk to another any more.</summary>
    public void Refusing(string by, string whom) => _refusals.Add((by, whom));

    /// <summary>The sender's person is told what has become of a message: by an event, or by the history.</summary>
    /// <param name="at">The checker's clock.</param>
    public void StateSeen(string text, SeenState state, DateTimeOffset at)
    {
        if (!_fates.TryGetValue(text, out var fate))
        {
            Violated($"'{text}' is {state}, and was never sent");
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
                Violated($"{fate} was refused, and nobody had");
                break;
            // Old mail may bring lost messages to the receiver again without its sender knowing.
            case SeenState.Lost when !fate.MayBeLost:
                Violated($"{fate} is said to be lost, and its receiver has lost nothing");
                break;
        }
    }

    /// <summary>Whether the sender's person has been told of a message.</summary>
    public bool HasStateOf(string text) => _fates[text].State is not null;

    /// <summary>A message is in the receiver's store, after all that were told of before.</summary>
    public void Received(string receiver, string sender, string text)
    {
        if (!_fates.TryGetValue(text, out var fate) || (fate.Receiver, fate.Sender) != (receiver, sender))
        {
            Violated($"{receiver} has '{text}' of {sender}, who never sent it there");
            return;
        }

        var store = StoreOf(fate);
        if (store.Contains(fate))
        {
            Violated($"{fate} is in the receiver's store twice");
        }

        store.Add(fate);
        (fate.HasArrived, fate.WasLost) = (true, false);
        // Left as mail before its sender's disk died, in what is forgotten now, and given up since: nobody knew to wait for it.
        fate.HasNoOrder |= fate.IsOfRestored && fate.State >= SeenState.Expired;
    }

    /// <summary>The sender keeps a message no longer, as delivered: for who sees both stores at the same moment.</summary>
    public void LeftOutbox(string text)
    {
        var fate = _fates[text];
        if (!fate.HasArrived || !(fate.WasLost || StoreOf(fate).Contains(fate)))
        {
            Violated($"{fate} has left the outbox, and the receiver's store never had it");
        }
    }

    /// <summary>The sender's store has that it was given up, whether or not its person has been told: the receiver may go on without it.</summary>
    public void GaveUp(string text) => _fates[text].WasGivenUp = true;

    /// <summary>Records that the sender's store will send a delivered message again: the receiver lost it.</summary>
    public void Recalled(string text)
    {
        var fate = _fates[text];
        if (!fate.MayBeLost)
        {
            Violated($"{fate} is sent again, although its receiver has lost nothing");
        }

        fate.IsRecalled = true;
    }

    /// <summary>A peer's disk has died, and it goes on from an older copy: what that does not have is not promised any more.</summary>
    /// <param name="sent">The states of its own messages in the copy.</param>
    /// <param name="received">The others' messages in it.</param>
    public void Restored(string peer, IReadOnlyDictionary<string, SeenState> sent, IReadOnlySet<string> received)
    {
        foreach (var fate in _fates.Values.Where(fate => fate.Sender == peer))
        {
            fate.IsOfRestored = true;
            fate.IsForgotten |= !sent.TryGetValue(fate.Text, out var state);
            // Given up in what is forgotten now, and on its way again behind those that came after it.
            fate.HasNoOrder |= (fate.WasGivenUp || fate.State >= SeenState.Expired) && state < SeenState.Expired;
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

        // From one copy to a newer one.
        foreach (
            var fate in received.Select(text => _fates[text]).Where(fate => !StoreOf(fate).Contains(fate)).ToList()
        )
        {
            StoreOf(fate).Add(fate);
            (fate.WasLost, fate.HasNoOrder) = (false, true);
        }
    }

    /// <summary>A peer never comes back, and its disk neither.</summary>
    public void Gone(string peer)
    {
        foreach (var fate in _fates.Values.Where(fate => fate.Sender == peer))
        {
            fate.IsForgotten = true;
        }
    }

    /// <summary>Nothing stands in the way any more, and all have had time to meet: now each message must have come to its end.</summary>
    /// <param name="haveMet">
    /// Whether two, by their names, have told each other where they stand: then nothing is shown as delivered that its
    /// receiver has lost.
    /// </param>
    public void Settled(Func<string, string, bool>? haveMet = null)
    {
        foreach (var fate in _fates.Values.Where(fate => fate.IsPromised && !fate.IsForgotten))
        {
            if (fate.State is null or < SeenState.Delivered)
            {
                Violated($"{fate} still is {fate.State}, and {(fate.HasArrived ? "had" : "has not")} arrived");
            }
            else if (
                fate.State < SeenState.Expired
                && !StoreOf(fate).Contains(fate)
                && !(fate.WasLost && haveMet?.Invoke(fate.Sender, fate.Receiver) != true)
            )
            {
                Violated($"{fate} is {fate.State}, and not in the receiver's store");
            }
        }

        foreach (var store in _stores.Values)
        {
            var last = -1;
            foreach (var fate in store.Where(fate => fate is { IsForgotten: false, WasLost: false, HasNoOrder: false }))
            {
                if (fate.Number < last)
                {
                    Violated($"{fate} is in the receiver's store behind one that was sent later");
                }

                last = Math.Max(last, fate.Number);
            }
        }
    }

    /// <summary>Something else that must not be.</summary>
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

        /// <summary>The last that its sender was told; null if nothing.</summary>
        public SeenState? State { get; set; }

        public bool IsPromised { get; set; }

        public bool MayExpireEarly { get; set; }

        /// <summary>Whether its sender does not know of it any more.</summary>
        public bool IsForgotten { get; set; }

        /// <summary>Whether its sender has gone on from an older copy since it was sent.</summary>
        public bool IsOfRestored { get; set; }

        public bool WasGivenUp { get; set; }

        public bool HasNoOrder { get; set; }

        /// <summary>Whether the receiver's store has, or had, it.</summary>
        public bool HasArrived { get; set; }

        /// <summary>Whether the receiver lost it, with its disk, and has not got it again.</summary>
        public bool WasLost { get; set; }

        /// <summary>Whether the receiver has gone on from an older copy since it was sent.</summary>
        public bool MayBeLost { get; set; }

        /// <summary>Whether it is being sent again after its delivery, with no new state seen by its sender.</summary>
        public bool IsRecalled { get; set; }

        public override string ToString() => $"'{text}' from {sender} to {receiver}";
    }
}
