"""How does the exported script standardize? As `nnstudio.train.scale` does, to the bit; the script's own functions, as text."""

SCALINGS: dict[tuple[str, bool], str] = {
    ("channel", True): '''\
def scale_channels_of_bytes(images, rows):
    """Bytes as numbers; each channel with mean 0 and standard deviation 1 in `rows`."""
    levels = np.arange(256)
    means, stds = [], []
    for channel in range(images.shape[1]):
        counts = np.bincount(images[rows, channel].ravel(), minlength=256)
        mean = counts @ levels / counts.sum()
        means.append(mean)
        stds.append(np.sqrt(counts @ (levels - mean) ** 2 / counts.sum()) or 255)
    shape = (-1, *(1 for _ in images.shape[2:]))
    mean, std = (torch.tensor(np.array(each) / 255, dtype=torch.float32).reshape(shape) for each in (means, stds))
    return torch.from_numpy(images).float().div(255).sub(mean).div(std)''',
    ("channel", False): '''\
def scale_channels_of_floats(images, rows):
    """Each channel with mean 0 and standard deviation 1 in `rows`."""
    chosen = [images[rows, channel] for channel in range(images.shape[1])]
    mean = np.array([each.mean(dtype=np.float64) for each in chosen])
    std = np.array([each.std(dtype=np.float64) or 1 for each in chosen])
    shape = (-1, *(1 for _ in images.shape[2:]))
    mean, std = (torch.tensor(each, dtype=torch.float32).reshape(shape) for each in (mean, std))
    return torch.from_numpy(images).float().sub(mean).div(std)''',
    ("feature", True): '''\
def scale_features_of_bytes(values, rows):
    """Bytes as numbers; each with mean 0 and standard deviation 1 in `rows`; one that never varies is only centred."""
    mean, std = values[rows].mean(axis=0, dtype=np.float64), values[rows].std(axis=0, dtype=np.float64)
    std = np.where(std > 1e-12 * np.maximum(mean, 1e-300), std, 255)
    mean, std = torch.tensor(mean / 255, dtype=torch.float32), torch.tensor(std / 255, dtype=torch.float32)
    return torch.from_numpy(values).float().div(255).sub(mean).div(std)''',
    ("feature", False): '''\
def scale_features_of_floats(values, rows):
    """Each feature with mean 0 and standard deviation 1 in `rows`; one that never varies is only centred."""
    mean, std = values[rows].mean(axis=0, dtype=np.float64), values[rows].std(axis=0, dtype=np.float64)
    std = np.where(std > 1e-12 * np.maximum(np.abs(mean), 1e-300), std, 1)
    mean, std = torch.tensor(mean, dtype=torch.float32), torch.tensor(std, dtype=torch.float32)
    return torch.from_numpy(values).float().sub(mean).div(std)''',
}
"""(how it is scaled, whether it is bytes) → the function that does so, as `nnstudio.train.scale` does."""
