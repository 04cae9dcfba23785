namespace P2PChat.Discovery.Storage.Redis;

/// <summary>A reply that lists envelopes: the outcome, whether there are more, then ids and bytes.</summary>
internal static class EnvelopeReply
{
    private const int Header = 2;
    private const int Fields = 2;

    /// <summary>Reads a page from a reply whose outcome is a page.</summary>
    public static CollectResult ReadPage(ScriptReply reply)
    {
        var envelopes = new List<StoredEnvelope>((reply.Count - Header) / Fields);
        for (var i = Header; i < reply.Count; i += Fields)
        {
            envelopes.Add(new StoredEnvelope(reply.Text(i), reply.Bytes(i + 1)));
        }

        return new CollectResult(MailboxOutcome.Done, envelopes, HasMore: reply.Flag(1));
    }
}
