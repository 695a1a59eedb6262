import django.db.models.deletion
from django.db import migrations, models

from kb.migrations._parents import copy_parents


class Migration(migrations.Migration):

    dependencies = [
        ('symptoms', '0004_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='investigation',
            name='parents',
            field=models.ManyToManyField(blank=True, help_text='The broader entries of which it is one or a kind; never those of which it is only a part.', related_name='members', to='symptoms.investigation', verbose_name='belongs to'),
        ),
        migrations.AddField(
            model_name='symptom',
            name='parents',
            field=models.ManyToManyField(blank=True, help_text='The broader entries of which it is one or a kind; never those of which it is only a part.', related_name='members', to='symptoms.symptom', verbose_name='belongs to'),
        ),
        migrations.CreateModel(
            name='InvestigationAncestry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('depth', models.PositiveIntegerField(help_text='The least number of steps from the entry up to its ancestor.')),
                ('ancestor', models.ForeignKey(help_text='The investigation itself, or one that it belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='descendant_rows', to='symptoms.investigation')),
                ('descendant', models.ForeignKey(help_text='The investigation.', on_delete=django.db.models.deletion.CASCADE, related_name='ancestor_rows', to='symptoms.investigation')),
            ],
            options={
                'verbose_name_plural': 'ancestries',
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('descendant', 'ancestor'), name='investigationancestry_stands_once')],
            },
        ),
        migrations.CreateModel(
            name='SymptomAncestry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('depth', models.PositiveIntegerField(help_text='The least number of steps from the entry up to its ancestor.')),
                ('ancestor', models.ForeignKey(help_text='The symptom itself, or one that it belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='descendant_rows', to='symptoms.symptom')),
                ('descendant', models.ForeignKey(help_text='The symptom.', on_delete=django.db.models.deletion.CASCADE, related_name='ancestor_rows', to='symptoms.symptom')),
            ],
            options={
                'verbose_name_plural': 'ancestries',
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('descendant', 'ancestor'), name='symptomancestry_stands_once')],
            },
        ),
        copy_parents('symptoms', 'investigation', 'symptom'),
        migrations.RemoveField(
            model_name='investigation',
            name='parent',
        ),
        migrations.RemoveField(
            model_name='symptom',
            name='parent',
        ),
    ]
