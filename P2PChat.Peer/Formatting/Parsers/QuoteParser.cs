using Markdig.Parsers;

namespace P2PChat.Peer.Formatting.Parsers;

/// <summary>Finds quotes. They need a space after <c>&gt;</c>, so that <c>&gt;:(</c> stays as it is.</summary>
internal sealed class QuoteParser : QuoteBlockParser
{
    public override BlockState TryOpen(BlockProcessor processor) =>
        processor.PeekChar(1) is ' ' or '\t'
        && processor.Line.AsSpan()[1..].ContainsAnyExcept(' ', '\t')
        && !NestingLimit.IsReached(processor)
            ? base.TryOpen(processor)
            : BlockState.None;
}
