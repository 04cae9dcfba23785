using System.Runtime.CompilerServices;

namespace Aspire.Hosting.ApplicationModel;

public interface IValueProvider
{
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);
}

public interface IManifestExpressionProvider;
public interface IExpressionValue : IValueProvider, IManifestExpressionProvider;

/// <summary>A text with gaps, which are filled when the app starts and ports and passwords are known.</summary>
public class ReferenceExpression : IExpressionValue
{
    private readonly IReadOnlyList<object> _parts;

    private ReferenceExpression(IReadOnlyList<object> parts)
    {
        _parts = parts;
    }

    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => new(handler.Parts);

    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken)
    {
        var text = new System.Text.StringBuilder();
        foreach (var part in _parts)
            text.Append(part is IValueProvider gap ? await gap.GetValueAsync(cancellationToken).ConfigureAwait(false) : part);
        return text.ToString();
    }

    [InterpolatedStringHandler]
    public ref struct ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        internal List<object> Parts { get; } = new(Math.Min(literalLength, 1) + (2 * formattedCount));
        public readonly void AppendLiteral(string value) => Parts.Add(value);
        public readonly void AppendFormatted(string? value) => Parts.Add(value ?? "");
        public void AppendFormatted<T>(T valueProvider) where T : IValueProvider, IManifestExpressionProvider => Parts.Add(valueProvider);
    }
}
